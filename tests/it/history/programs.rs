//! Frameworks whose migrations are programs: names and versions are all that there is.

use super::{Case, brief, list, read};
use crate::support::postgres::server;

#[test]
fn rails() {
    let files = [
        ("20240101000000_create_a.rb", "class CreateA < ActiveRecord::Migration[7.1]\nend\n"),
        ("20240102000000_create_b.rb", "class CreateB < ActiveRecord::Migration[7.1]\nend\n"),
    ];
    let set = list("rails", &files);
    assert!(set.refusal.is_some() && set.migrations.iter().all(|migration| migration.program));
    let database = server().database();
    assert_eq!(brief(&read(&database, &set, None)), "pending 20240101000000 20240102000000");
    database.execute("CREATE TABLE schema_migrations (version character varying NOT NULL PRIMARY KEY)");
    database.execute("CREATE TABLE ar_internal_metadata (key character varying PRIMARY KEY, value character varying)");
    assert_eq!(brief(&read(&database, &set, None)), "pending 20240101000000 20240102000000");
    database.execute("INSERT INTO schema_migrations VALUES ('20240101000000')");
    assert_eq!(brief(&read(&database, &set, None)), "applied 20240101000000; pending 20240102000000");
    database.execute("INSERT INTO schema_migrations VALUES ('20240102000000'), ('20230101000000')");
    let told = "applied 20240101000000 20240102000000; missing 20230101000000";
    assert_eq!(brief(&read(&database, &set, None)), told);
}

#[test]
fn ecto() {
    Case {
        framework: "ecto",
        files: &[
            ("20240101000000_a.exs", "defmodule A do\n  use Ecto.Migration\nend\n"),
            ("20240102000000_b.exs", "defmodule B do\n  use Ecto.Migration\nend\n"),
        ],
        table: "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, inserted_at timestamp(0))",
        all: "20240101000000 20240102000000",
        rows: &[
            ("INSERT INTO HISTORY VALUES (20240101000000, now())", "applied 20240101000000; pending 20240102000000"),
            (
                "INSERT INTO HISTORY VALUES (20240102000000, now()), (7, now())",
                "applied 20240102000000; pending 20240101000000; missing 7; runs-late 20240101000000",
            ),
        ],
    }
    .check();
}

#[test]
fn seaorm() {
    const MODULE: &str =
        "#[derive(DeriveMigrationName)]\npub struct Migration;\nimpl MigrationTrait for Migration {}\n";
    Case {
        framework: "seaorm",
        files: &[
            (
                "src/lib.rs",
                "impl MigratorTrait for Migrator { fn migrations() -> Vec<Box<dyn MigrationTrait>> { vec![\n\
              Box::new(m20220102_000002_b::Migration), Box::new(m20220101_000001_a::Migration)] } }",
            ),
            ("src/m20220101_000001_a.rs", MODULE),
            ("src/m20220102_000002_b.rs", MODULE),
        ],
        table: "CREATE TABLE seaql_migrations (version varchar PRIMARY KEY, applied_at bigint NOT NULL)",
        // The migrator's own order, not that of the names.
        all: "m20220102_000002_b m20220101_000001_a",
        rows: &[
            (
                "INSERT INTO HISTORY VALUES ('m20220102_000002_b', 1700000000)",
                "applied m20220102_000002_b; pending m20220101_000001_a",
            ),
            (
                "INSERT INTO HISTORY VALUES ('m1_gone', 1700000000)",
                "pending m20220102_000002_b m20220101_000001_a; missing m1_gone",
            ),
        ],
    }
    .check();
}

#[test]
fn knex() {
    Case {
        framework: "knex",
        files: &[
            ("20240101000000_k1.ts", "export async function up(knex: Knex) {}"),
            ("20240102000000_k2.js", "exports.up = (knex) => knex.raw('select 1');"),
            ("20240103000000_k3.js", "exports.up = (knex) => knex.raw('select 1');"),
        ],
        table: "CREATE TABLE knex_migrations (id serial PRIMARY KEY, name varchar(255), batch integer, migration_time \
                timestamptz)",
        all: "20240101000000 20240102000000 20240103000000",
        rows: &[
            // As Knex wrote them, the first from TypeScript that had been compiled.
            ("INSERT INTO HISTORY VALUES (1, '20240101000000_k1.js', 1, now()), (2, '20240102000000_k2.js', 2, now())",
             "applied 20240101000000 20240102000000; pending 20240103000000"),
            ("INSERT INTO HISTORY VALUES (1, '20240102000000_k2.js', 1, now()), (2, '0_gone.js', 2, now())",
             "applied 20240102000000; pending 20240101000000 20240103000000; missing 0_gone.js; runs-late 20240101000000"),
        ],
    }
    .check();
    let database = server().database();
    database.execute(
        "CREATE TABLE knex_migrations (id serial PRIMARY KEY, name varchar(255), batch integer); \
        CREATE TABLE knex_migrations_lock (index serial PRIMARY KEY, is_locked integer); \
        INSERT INTO knex_migrations VALUES (1, '1_a.js', 1); INSERT INTO knex_migrations_lock VALUES (1, 1)",
    );
    let set = list("knex", &[("1_a.js", "exports.up = (knex) => {}")]);
    assert_eq!(brief(&read(&database, &set, None)), "applied 1; dirty public.knex_migrations_lock");
    database.execute("UPDATE knex_migrations_lock SET is_locked = 0");
    assert!(read(&database, &set, None).is_up_to_date());
}

#[test]
fn typeorm() {
    Case {
        framework: "typeorm",
        files: &[
            ("1700000000001-T1.js", "class T11700000000001 { name = 'T11700000000001'; async up(queryRunner) {} }"),
            ("1700000000002-T2.ts", "export class T21700000000002 implements MigrationInterface {}"),
        ],
        table: "CREATE TABLE migrations (id serial PRIMARY KEY, \"timestamp\" bigint NOT NULL, name varchar NOT NULL)",
        all: "1700000000001 1700000000002",
        rows: &[
            (
                "INSERT INTO HISTORY VALUES (1, 1700000000001, 'T11700000000001')",
                "applied 1700000000001; pending 1700000000002",
            ),
            (
                "INSERT INTO HISTORY VALUES (1, 1700000000002, 'T21700000000002'), (2, 1, 'Gone0000000000001')",
                "applied 1700000000002; pending 1700000000001; missing Gone0000000000001; runs-late 1700000000001",
            ),
        ],
    }
    .check();
}

#[test]
fn sequelize() {
    Case {
        framework: "sequelize",
        files: &[
            ("20240101000000-s1.js", "module.exports = { up: (queryInterface) => {} };"),
            ("20240102000000-s2.js", "module.exports = { up: (queryInterface) => {} };"),
        ],
        table: "CREATE TABLE \"SequelizeMeta\" (name varchar(255) NOT NULL PRIMARY KEY)",
        all: "20240101000000 20240102000000",
        rows: &[
            ("INSERT INTO HISTORY VALUES ('20240101000000-s1.js')", "applied 20240101000000; pending 20240102000000"),
            (
                "INSERT INTO HISTORY VALUES ('20240102000000-s2.js'), ('0-gone.js')",
                "applied 20240102000000; pending 20240101000000; missing 0-gone.js; runs-late 20240101000000",
            ),
        ],
    }
    .check();
}

#[test]
fn alembic() {
    Case {
        framework: "alembic",
        files: &[
            ("f9d8_one.py", "revision: str = 'f9d8'\ndown_revision: Union[str, Sequence[str], None] = None\n"),
            ("9e4c_two.py", "revision: str = '9e4c'\ndown_revision: Union[str, Sequence[str], None] = 'f9d8'\n"),
            ("a111_side.py", "revision = \"a111\"\ndown_revision = \"f9d8\"\n"),
            ("372e_merge.py", "revision = '372e'\ndown_revision = ('9e4c', 'a111')\n"),
        ],
        table: "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY)",
        all: "f9d8 9e4c a111 372e",
        rows: &[
            ("INSERT INTO HISTORY VALUES ('9e4c')", "applied f9d8 9e4c; pending a111 372e"),
            ("INSERT INTO HISTORY VALUES ('9e4c'), ('a111')", "applied f9d8 9e4c a111; pending 372e"),
            ("INSERT INTO HISTORY VALUES ('372e')", "applied f9d8 9e4c a111 372e"),
            ("INSERT INTO HISTORY VALUES ('beef')", "pending f9d8 9e4c a111 372e; missing beef; unsure !"),
        ],
    }
    .check();
}

const DJANGO: &str = "CREATE TABLE django_migrations (id bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, app \
    varchar(255) NOT NULL, name varchar(255) NOT NULL, applied timestamptz NOT NULL DEFAULT now())";

/// The way a Django migration begins.
macro_rules! django {
    ($dependencies:literal) => {
        concat!(
            "from django.db import migrations\n\nclass Migration(migrations.Migration):\n\n    dependencies = [",
            $dependencies,
            "]\n    operations = []\n"
        )
    };
}

#[test]
fn django() {
    Case {
        framework: "django",
        files: &[
            ("shop/migrations/__init__.py", ""),
            ("shop/migrations/0001_initial.py", django!("")),
            ("shop/migrations/0002_price.py", django!("('shop', '0001_initial')")),
            ("stock/migrations/0001_initial.py", django!("\n        ('shop', '0002_price'),\n        \
              migrations.swappable_dependency(settings.AUTH_USER_MODEL),\n    ")),
        ],
        table: DJANGO,
        all: "0001 0002 0001",
        rows: &[
            // As Django wrote them, those of its own apps between them.
            ("INSERT INTO HISTORY (app, name) VALUES ('shop', '0001_initial'), ('contenttypes', '0001_initial'), \
              ('auth', '0001_initial'), ('shop', '0002_price')", "applied 0001 0002; pending 0001"),
            ("INSERT INTO HISTORY (app, name) VALUES ('auth', '0001_initial')", "pending 0001 0002 0001"),
            ("INSERT INTO HISTORY (app, name) VALUES ('shop', '0001_initial'), ('stock', '0001_initial'), ('shop', '0009_x')",
             "applied 0001 0001; pending 0002; missing shop.0009_x; refuses 0002"),
        ],
    }
    .check();
}

#[test]
fn django_squashes() {
    const SQUASH: &str = "class Migration(migrations.Migration):\n    replaces = [('shop', '0001_initial'), ('shop', \
        '0002_price')]\n    dependencies = []\n";
    let set = list(
        "django",
        &[
            ("shop/migrations/0001_initial.py", django!("")),
            ("shop/migrations/0002_price.py", django!("('shop', '0001_initial')")),
            ("shop/migrations/0001_squashed_0002_price.py", SQUASH),
            ("shop/migrations/0003_note.py", django!("('shop', '0002_price')")),
        ],
    );
    let database = server().database();
    database.execute(DJANGO);
    let names = |rows: &[&str]| {
        database.execute("TRUNCATE django_migrations");
        rows.iter().for_each(|name| {
            database.execute(&format!("INSERT INTO django_migrations (app, name) VALUES ('shop', '{name}')"));
        });
        let status = read(&database, &set, None);
        let pending: Vec<String> = status.pending.iter().map(|it| it.name.replace("shop.", "")).collect();
        format!("{} applied, {} missing; {}", status.applied.len(), status.missing.len(), pending.join(" "))
    };
    assert_eq!(names(&["0001_initial", "0002_price"]), "3 applied, 0 missing; 0003_note");
    assert_eq!(names(&["0001_initial"]), "1 applied, 0 missing; 0002_price 0003_note");
    assert_eq!(names(&["0001_squashed_0002_price", "0003_note"]), "2 applied, 0 missing; ");
    assert_eq!(names(&[]), "0 applied, 0 missing; 0001_squashed_0002_price 0003_note");
}
