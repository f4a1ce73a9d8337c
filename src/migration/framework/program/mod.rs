//! Frameworks whose migrations are programs: listed by name, and recognised, so that the error says how to run them.
//!
//! Nothing but the framework knows what a program does to a schema; which ones a database has had is told by their
//! names. The error names the setting (`replay.command`) and
//! a command that suits the framework; for Rails it also points to `db/structure.sql`, which is SQL.

pub(crate) mod names;
mod python;

use super::{DiscoveryError, Evidence, Folder, Found, Framework, History};
use crate::migration::{Migration, text};

/// One such framework.
pub(crate) struct Program {
    name: &'static str,
    looks_for: &'static str,
    /// Endings of its files.
    endings: &'static [&'static str],
    /// Words of which one stands in every such file.
    words: &'static [&'static str],
    /// As a TOML list.
    command: &'static str,
    history: History,
    /// The migrations among the files, in their order.
    list: fn(&Folder, &[&str]) -> Vec<Migration>,
}

const fn table(tables: &'static [&'static str]) -> History {
    History { ddl: None, tables, schemas: &[] }
}

pub(super) const RAILS: Program = Program {
    name: "rails",
    looks_for: "TIMESTAMP_title.rb with a class of ActiveRecord::Migration",
    endings: &[".rb"],
    words: &["ActiveRecord::Migration"],
    command: r#"["bundle", "exec", "rails", "db:migrate"]"#,
    history: table(&["public.schema_migrations", "public.ar_internal_metadata"]),
    list: names::rails,
};

pub(super) const DJANGO: Program = Program {
    name: "django",
    looks_for: "0001_title.py with a class of migrations.Migration",
    endings: &[".py"],
    words: &["migrations.Migration"],
    command: r#"["python", "manage.py", "migrate"]"#,
    history: table(&["public.django_migrations"]),
    list: python::django,
};

pub(super) const ALEMBIC: Program = Program {
    name: "alembic",
    looks_for: "versions/REVISION_title.py with down_revision",
    endings: &[".py"],
    words: &["down_revision"],
    command: r#"["alembic", "upgrade", "head"]"#,
    history: table(&["public.alembic_version"]),
    list: python::alembic,
};

pub(super) const ECTO: Program = Program {
    name: "ecto",
    looks_for: "TIMESTAMP_title.exs with use Ecto.Migration",
    endings: &[".exs"],
    words: &["Ecto.Migration"],
    command: r#"["mix", "ecto.migrate"]"#,
    history: table(&["public.schema_migrations"]),
    list: names::ecto,
};

pub(super) const SEAORM: Program = Program {
    name: "seaorm",
    looks_for: "mDATE_title.rs with MigrationTrait",
    endings: &[".rs"],
    words: &["MigrationTrait"],
    command: r#"["sea-orm-cli", "migrate", "up"]"#,
    history: table(&["public.seaql_migrations"]),
    list: names::seaorm,
};

pub(super) const KNEX: Program = Program {
    name: "knex",
    looks_for: "TIMESTAMP_title.js with exports.up and knex",
    endings: &[".js", ".ts", ".mjs", ".cjs"],
    words: &["knex", "Knex"],
    command: r#"["npx", "knex", "migrate:latest"]"#,
    history: table(&["public.knex_migrations", "public.knex_migrations_lock"]),
    list: names::scripts,
};

pub(super) const TYPEORM: Program = Program {
    name: "typeorm",
    looks_for: "TIMESTAMP-title.ts with MigrationInterface",
    endings: &[".js", ".ts", ".mjs", ".cjs"],
    words: &["MigrationInterface", "queryRunner"],
    command: r#"["npx", "typeorm", "migration:run", "-d", "data-source.js"]"#,
    history: table(&["public.migrations"]),
    list: names::typeorm,
};

pub(super) const SEQUELIZE: Program = Program {
    name: "sequelize",
    looks_for: "TIMESTAMP-title.js with queryInterface",
    endings: &[".js", ".ts", ".mjs", ".cjs"],
    words: &["queryInterface"],
    command: r#"["npx", "sequelize-cli", "db:migrate"]"#,
    history: table(&["public.\"SequelizeMeta\""]),
    list: names::scripts,
};

impl Program {
    fn files<'a>(&self, folder: &Folder<'a>) -> Vec<&'a str> {
        let ours = |path: &&str| {
            self.endings.iter().any(|ending| text::has_ending(path, ending))
                && self.words.iter().any(|word| folder.peek(path).contains(word))
        };
        folder.paths().filter(ours).collect()
    }

    fn error(&self, folder: &Folder) -> Option<DiscoveryError> {
        let files = self.files(folder);
        let dump = || folder.options.hints.files.keys().find(|path| path.ends_with("db/structure.sql"));
        let instead = (self.name == "rails").then(|| match dump() {
            Some(path) => format!("Or use Rails' own dump as the source: tidegate docs {path}"),
            None => "Or let Rails write db/structure.sql (config.active_record.schema_format = :sql) and use that as \
                     the source"
                .to_owned(),
        });
        Some(DiscoveryError::Program {
            framework: self.name.to_owned(),
            example: (*files.first()?).to_owned(),
            more: files.len() - 1,
            command: self.command.to_owned(),
            instead,
        })
    }
}

impl Framework for Program {
    fn name(&self) -> &'static str {
        self.name
    }

    fn looks_for(&self) -> &'static str {
        self.looks_for
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        Evidence::at(50, self.files(folder).first()?)
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let files = self.files(folder);
        let Some(refusal) = self.error(folder) else { return Ok(Found::default()) };
        let migrations = (self.list)(folder, &files);
        if migrations.is_empty() {
            return Err(refusal);
        }
        let found = Found { migrations, refusal: Some(refusal), ..Found::default() };
        Ok(found)
    }

    fn history(&self) -> History {
        self.history
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::migration::DiscoveryError;

    #[test]
    fn each_is_told_with_its_command() {
        for (name, path, text, command) in [
            ("rails", "20200101_a.rb", "class A < ActiveRecord::Migration[7.0]", "\"rails\", \"db:migrate\""),
            ("django", "0001_initial.py", "class Migration(migrations.Migration):", "manage.py"),
            ("alembic", "versions/abc_a.py", "down_revision = None", "\"alembic\", \"upgrade\""),
            ("ecto", "20200101_a.exs", "use Ecto.Migration", "ecto.migrate"),
            ("seaorm", "src/m20220101_a.rs", "impl MigrationTrait for Migration", "sea-orm-cli"),
            ("knex", "20200101_a.js", "exports.up = function (knex) {", "\"knex\", \"migrate:latest\""),
            ("typeorm", "1-A.ts", "class A implements MigrationInterface", "typeorm"),
            ("sequelize", "1-a.js", "up: async (queryInterface, Sequelize) => {", "sequelize-cli"),
        ] {
            let error = error(&[(path, text)]);
            assert!(matches!(&error, DiscoveryError::Program { framework, .. } if framework == name), "{error}");
            let message = error.to_string();
            assert!(message.contains("replay.command") && message.contains(command), "{message}");
        }
    }

    #[test]
    fn rails_has_a_dump() {
        let files = [("1_a.rb", "ActiveRecord::Migration"), ("2_b.rb", "ActiveRecord::Migration")];
        let message = error(&files).to_string();
        assert!(message.contains("1_a.rb and 1 more") && message.contains("schema_format"), "{message}");
        let message = with(&files, &beside(&[("db/structure.sql", "")])).unwrap_err().to_string();
        assert!(message.contains("tidegate docs db/structure.sql"), "{message}");
    }

    #[test]
    fn helpers_in_another_language_do_not_hide_sql() {
        assert_eq!(found(&[("1_a.up.sql", "select 1;"), ("embed.go", "package x")]).framework, "golang-migrate");
    }
}
