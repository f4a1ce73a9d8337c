//! From the text of a psql script to the statements that it would send.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::complete::complete;
use super::psql::{Argument, Variables, arguments, is_harmless, truth};
use super::{DumpError, text};
use crate::migration::statement::class::{Class, words};
use crate::migration::statement::{Ended, Kind, split};
use crate::schema::{Gap, GapKind};
use crate::source::replay::script::{Mode, Script, Statement, Unit};

const DEEPEST_INCLUDE: usize = 32;

type Open<'a> = &'a dyn Fn(&Path) -> std::io::Result<Vec<u8>>;

pub(super) struct Reader<'a> {
    /// Of the file that was named first.
    folder: PathBuf,
    open: Open<'a>,
    variables: Variables,
    conditions: Vec<Condition>,
    /// Statements by the database that they are sent to; the first is the one that the script starts in.
    databases: Vec<(Option<String>, Vec<Unit>)>,
    current: usize,
    gaps: Vec<Gap>,
    /// How often each kind of thing was passed over without loss.
    notes: BTreeMap<String, usize>,
    /// A statement that a command interrupted, with its first line.
    pending: Option<(String, usize)>,
    ended: bool,
    /// Whether loading of data was passed over.
    rows_left_out: bool,
}

/// One `\if`.
struct Condition {
    /// Whether what stands here is read.
    active: bool,
    /// Whether a branch was taken already.
    taken: bool,
    /// Whether what stands around it is read.
    outer: bool,
}

/// A file while it is read.
struct File<'f> {
    name: &'f str,
    folder: PathBuf,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(folder: &Path, open: Open<'a>) -> Self {
        Self {
            folder: folder.to_owned(),
            open,
            variables: Variables::default(),
            conditions: Vec::new(),
            databases: vec![(None, Vec::new())],
            current: 0,
            gaps: Vec::new(),
            notes: BTreeMap::new(),
            pending: None,
            ended: false,
            rows_left_out: false,
        }
    }

    pub(super) fn read(mut self, name: &str, bytes: &[u8]) -> Result<Script, DumpError> {
        // What `pg_dump > FILE` leaves when it fails. Even of an empty database a dump says something.
        if bytes.trim_ascii().is_empty() {
            return Err(DumpError::Empty { name: name.to_owned() });
        }
        let folder = self.folder.clone();
        self.file(&File { name, folder, depth: 0 }, bytes)?;
        if !self.conditions.is_empty() {
            let reason = "an \\if has no \\endif".to_owned();
            return Err(DumpError::Script { name: name.to_owned(), line: 1, reason });
        }
        Ok(self.finish())
    }

    fn file(&mut self, file: &File<'_>, bytes: &[u8]) -> Result<(), DumpError> {
        let whole = text(file.name, bytes)?;
        let pieces = split(&whole);
        complete(file.name, &whole, &pieces)?;
        let outer = self.pending.take();
        for piece in &pieces {
            if self.ended {
                break;
            }
            let text = piece.text(&whole);
            match piece.kind {
                Kind::Sql { ended } => self.sql(text, piece.line, ended, file),
                Kind::PsqlCommand => self.command(text, piece.line, file)?,
                Kind::CopyData if self.active() => self.note("blocks of COPY data passed over"),
                Kind::CopyData | Kind::Blank => {}
            }
        }
        // What a file leaves unfinished is sent at its end, and has nothing to do with the file that includes it.
        self.flush(file);
        self.pending = outer;
        Ok(())
    }

    fn active(&self) -> bool {
        self.conditions.last().is_none_or(|condition| condition.active)
    }

    fn note(&mut self, what: &str) {
        *self.notes.entry(what.to_owned()).or_default() += 1;
    }

    fn gap(&mut self, file: &File<'_>, line: usize, reason: String) {
        let scope = format!("{}:{line}", file.name);
        self.gaps.push(Gap { kind: GapKind::SkippedStatement, scope, reason });
    }

    fn sql(&mut self, text: &str, line: usize, ended: Ended, file: &File<'_>) {
        if !self.active() {
            return;
        }
        let text = self.variables.interpolate(text);
        let (sql, line) = match self.pending.take() {
            Some((before, first)) => (format!("{before}\n{text}"), first),
            None => (text, line),
        };
        match ended {
            Ended::Semicolon => self.send(&sql, line, file),
            Ended::Command | Ended::EndOfText => self.pending = Some((sql, line)),
        }
    }

    fn send(&mut self, sql: &str, line: usize, file: &File<'_>) {
        let statement = Statement::new(sql, line);
        if statement.class == Class::CopyFromStdin {
            self.rows_left_out = true;
            return;
        }
        let units = &mut self.databases[self.current].1;
        match units.last_mut() {
            Some(unit) if unit.path == file.name => unit.statements.push(statement),
            _ => units.push(Unit { path: file.name.to_owned(), statements: vec![statement], mode: Mode::Autocommit }),
        }
    }

    fn command(&mut self, text: &str, line: usize, file: &File<'_>) -> Result<(), DumpError> {
        let body = text.strip_prefix('\\').unwrap_or(text);
        let length = body
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(body.len())
            .max(usize::from(body.starts_with(['!', '?', '.', ';'])));
        let (name, rest) = body.split_at(length);
        if matches!(name, "if" | "elif" | "else" | "endif") {
            return self.condition(name, rest, line, file);
        }
        if !self.active() {
            return Ok(());
        }
        match name {
            "i" | "include" | "ir" | "include_relative" => return self.include(name, rest, line, file),
            "set" => self.set(rest, line, file),
            "unset" => {
                if let Some(first) = arguments(rest, &self.variables).first() {
                    self.variables.unset(first.text());
                }
            }
            "c" | "connect" => self.connect(rest),
            "g" | "gx" | "crosstabview" | "watch" => self.flush(file),
            "gset" | "gexec" | "gdesc" => {
                let dropped = self.pending.take().is_some();
                if dropped && name != "gdesc" {
                    let reason = format!("\\{name} uses what a query returns, and only psql can");
                    self.gap(file, line, reason);
                }
            }
            "r" | "reset" => self.pending = None,
            "q" | "quit" => {
                self.ended = true;
                self.flush(file);
            }
            "copy" => {
                self.rows_left_out = true;
                let reason = "\\copy loads data from a file of the client".to_owned();
                self.gap(file, line, reason);
            }
            "!" => self.gap(file, line, "\\! runs a program, and none is run".to_owned()),
            "prompt" | "getenv" | "bind" | "parse" | "bind_named" | "startpipeline" | "lo_import" => {
                self.gap(file, line, format!("\\{name} asks the client for something, and there is none"));
            }
            _ if is_harmless(name) => {}
            _ => self.gap(file, line, format!("\\{name} is no command of psql that tidegate knows")),
        }
        Ok(())
    }

    /// Sends what stands before `\g`.
    fn flush(&mut self, file: &File<'_>) {
        if let Some((sql, line)) = self.pending.take() {
            self.send(&sql, line, file);
        }
    }

    fn condition(&mut self, name: &str, rest: &str, line: usize, file: &File<'_>) -> Result<(), DumpError> {
        let outer = self.active();
        let misplaced = || DumpError::Script {
            name: file.name.to_owned(),
            line,
            reason: format!("\\{name} has no \\if before it"),
        };
        let told = arguments(rest, &self.variables);
        match name {
            "if" => {
                let holds = outer && self.holds(&told, line, file);
                self.conditions.push(Condition { active: holds, taken: holds, outer });
            }
            "elif" => {
                let (asked, outer) =
                    self.conditions.last().map(|last| (last.outer && !last.taken, last.outer)).ok_or_else(misplaced)?;
                let holds = asked && self.holds(&told, line, file);
                if let Some(last) = self.conditions.last_mut() {
                    *last = Condition { active: holds, taken: last.taken || holds, outer };
                }
            }
            "else" => {
                let last = self.conditions.last_mut().ok_or_else(misplaced)?;
                last.active = last.outer && !last.taken;
                last.taken = true;
            }
            _ => {
                self.conditions.pop().ok_or_else(misplaced)?;
            }
        }
        Ok(())
    }

    fn holds(&mut self, told: &[Argument], line: usize, file: &File<'_>) -> bool {
        truth(told).unwrap_or_else(|| {
            let text: Vec<_> = told.iter().map(Argument::text).collect();
            let reason = format!("whether {:?} holds is not known without a client; taken as false", text.join(" "));
            self.gap(file, line, reason);
            false
        })
    }

    fn set(&mut self, rest: &str, line: usize, file: &File<'_>) {
        let words = arguments(rest, &self.variables);
        let Some((name, values)) = words.split_first() else { return };
        if values.iter().any(|value| matches!(value, Argument::Unknown(text) if text.contains('`'))) {
            // So that what follows can be read: most such variables are names of roles and databases.
            self.variables.set(name.text(), name.text().to_owned());
            let reason = format!("\\set {0} runs a program, and none is run; `{0}` stands in its place", name.text());
            self.gap(file, line, reason);
            return;
        }
        self.variables.set(name.text(), values.iter().map(Argument::text).collect());
    }

    /// A change of database, or of user alone.
    fn connect(&mut self, rest: &str) {
        let words = arguments(rest, &self.variables);
        let target = words.iter().map(Argument::text).find(|word| !word.starts_with("-reuse-previous"));
        let Some(target) = target.filter(|target| *target != "-") else { return };
        let target = target.trim_end_matches(';').trim_matches('"');
        let name = match target.split_once("dbname=") {
            Some((_, rest)) => rest.trim_matches(['\'', '"', ' ']).to_owned(),
            None => {
                target.rsplit_once('/').filter(|_| target.contains("://")).map_or(target, |(_, name)| name).to_owned()
            }
        };
        self.variables.set("DBNAME", name.clone());
        let name = Some(name);
        self.current = match self.databases.iter().position(|(known, _)| *known == name) {
            Some(at) => at,
            None => {
                self.databases.push((name, Vec::new()));
                self.databases.len() - 1
            }
        };
    }

    fn include(&mut self, name: &str, rest: &str, line: usize, file: &File<'_>) -> Result<(), DumpError> {
        let words = arguments(rest, &self.variables);
        // psql overlooks a semicolon after the name.
        let Some(target) = words.first().and_then(|word| match word {
            Argument::Known(text) => Some(text.trim_end_matches(';').to_owned()),
            Argument::Unknown(_) => None,
        }) else {
            let reason = format!("\\{name} names no file that is known without a client");
            return Err(DumpError::Script { name: file.name.to_owned(), line, reason });
        };
        if file.depth >= DEEPEST_INCLUDE {
            let reason = format!("files include each other more than {DEEPEST_INCLUDE} deep");
            return Err(DumpError::Script { name: file.name.to_owned(), line, reason });
        }
        // `\ir` starts from the file's own folder; `\i` from where psql runs, which is not known: most likely the
        // script's folder or one above it.
        let mut looked_in = vec![file.folder.clone()];
        if matches!(name, "i" | "include") {
            looked_in = self.folder.ancestors().take(4).map(Path::to_owned).collect();
            looked_in.push(file.folder.clone());
        }
        for folder in &looked_in {
            let path = folder.join(&target);
            if let Ok(bytes) = (self.open)(&path) {
                if Path::new(&target).components().any(|part| part == std::path::Component::ParentDir)
                    || Path::new(&target).is_absolute()
                {
                    self.note("included files lie outside of the script's folder");
                }
                let inner = path.parent().unwrap_or(folder).to_owned();
                let shown = path.display().to_string();
                return self.file(&File { name: &shown, folder: inner, depth: file.depth + 1 }, &bytes);
            }
        }
        looked_in.dedup();
        Err(DumpError::Include { name: file.name.to_owned(), line, file: target.clone(), looked_in })
    }

    /// The database that is drawn is the one in which the script creates most.
    fn finish(mut self) -> Script {
        let created = |units: &[Unit]| {
            units.iter().flat_map(|unit| &unit.statements).filter(|statement| creates(statement)).count()
        };
        let mut chosen = 0;
        for at in 1..self.databases.len() {
            if created(&self.databases[at].1) > created(&self.databases[chosen].1) {
                chosen = at;
            }
        }
        let mut units = Vec::new();
        for (at, (name, theirs)) in self.databases.into_iter().enumerate() {
            if at == chosen {
                units.extend(theirs);
                continue;
            }
            // Roles belong to the whole server, whichever database they were created from.
            let count = created(&theirs);
            for unit in theirs {
                let roles = |statement: &Statement| matches!(statement.class, Class::CreateRole(_) | Class::ChangeRole);
                let statements: Vec<_> = unit.statements.into_iter().filter(roles).collect();
                if !statements.is_empty() && at < chosen {
                    units
                        .push(Unit { statements, ..Unit { path: unit.path, statements: Vec::new(), mode: unit.mode } });
                }
            }
            if count > 0 {
                let scope = name.map_or_else(
                    || "the database that the script starts in".to_owned(),
                    |name| format!("database {name}"),
                );
                let reason = format!("the script creates {count} objects in it, and more in another database");
                self.gaps.push(Gap { kind: GapKind::SkippedStatement, scope, reason });
            }
        }
        let notes = self.notes.into_iter().map(|(what, count)| format!("{what}: {count}")).collect();
        Script { units, gaps: self.gaps, notes, rows_left_out: self.rows_left_out, ..Script::default() }
    }
}

fn creates(statement: &Statement) -> bool {
    match &statement.class {
        Class::Other | Class::CreateSchema(_) | Class::Alone => {
            words(&statement.sql).next().is_some_and(|word| word.is("create"))
        }
        _ => false,
    }
}
