//! After a command that did not end well: is a restore needed at all, how to go forward, how to restore.

use super::{Around, Block, Section};
use crate::gate::receipt::{Left, Receipt};
use crate::gate::restore::{Command, Restore, Step, restore};
use crate::gate::world::{Exit, Outcome};

pub(super) fn advice(receipt: &Receipt, around: Around<'_>) -> Vec<Section> {
    match receipt.outcome {
        Outcome::NothingPending | Outcome::DryRun | Outcome::Refused | Outcome::Succeeded => Vec::new(),
        // Settled says nothing by itself of what is there.
        Outcome::Settled if receipt.left.is_none() => Vec::new(),
        Outcome::Failed | Outcome::Unknown | Outcome::Settled => {
            let mut sections = vec![needed(receipt), forward(receipt, around)];
            // Where nothing was applied the commands would only hide what the migrate command said itself.
            sections.extend((left(receipt) != Left::Nothing).then(|| way_back(receipt)).flatten());
            sections
        }
    }
}

/// What is left, as far as it is known. A command that never ran left nothing.
fn left(receipt: &Receipt) -> Left {
    match (&receipt.exit, receipt.left) {
        (Some(exit), None) if exit.never_ran() => Left::Nothing,
        (_, Some(left)) => left,
        (_, None) => Left::Unknown,
    }
}

fn needed(receipt: &Receipt) -> Section {
    let never_ran = receipt.exit.as_ref().is_some_and(Exit::never_ran);
    let say = match left(receipt) {
        Left::Nothing if never_ran => "No. The command never ran, so the database is what it was.",
        Left::Nothing => {
            "No. Nothing was applied: every pending migration ran within one transaction, and history and schema are \
             what they were before."
        }
        Left::Part => {
            "Perhaps. Some of the pending migrations were applied and others were not. The data is as the applied ones \
             left it; a restore is needed only where that cannot be mended forward."
        }
        Left::All => {
            "Most likely not. Everything that was pending was applied; the command failed all the same, after or beside \
             it. Read what it said."
        }
        Left::Unknown => {
            "That cannot be told. Look before anything else: what the command did is not known, and it may be that the \
             server still works on it."
        }
    };
    let mut blocks = vec![Block::Say(say.to_owned())];
    if let (Left::Nothing, Some(backup)) = (left(receipt), &receipt.backup) {
        blocks.push(Block::Say(format!("The backup {} stays until the policy lets it go.", backup.id)));
    }
    Section { title: "Is a restore needed?", blocks }
}

fn forward(receipt: &Receipt, around: Around<'_>) -> Section {
    let mut blocks = Vec::new();
    let left = left(receipt);
    if receipt.outcome == Outcome::Unknown || left == Left::Unknown {
        blocks.push(Block::Say(
            "See what is still at work and what the database shows. Nothing is run again:".to_owned(),
        ));
        blocks.push(Block::Shell(vec![gate(receipt, &["gate", "status"]).line()]));
        blocks.push(Block::Shell(vec![gate(receipt, &["gate", "reconcile", receipt.run.as_str()]).line()]));
        if receipt.outcome == Outcome::Unknown {
            blocks.push(Block::Say("Until then every later gate on this database refuses with 124.".to_owned()));
        }
    }
    if left != Left::Nothing
        && let Some((what, command)) = around.framework.and_then(repair)
    {
        blocks.push(Block::Say(what.to_owned()));
        blocks.extend(command.map(|command| Block::Shell(vec![command.to_owned()])));
    }
    blocks.push(Block::Say(
        match left {
            Left::Nothing => "Mend the cause and run the gate again. That is a new run with a backup of its own.",
            Left::All => "Mend the cause and run the gate again: with nothing pending it starts nothing.",
            Left::Part | Left::Unknown => {
                "Then write what is missing, or what undoes the half, as a migration, and run the gate again. That is a \
                 new run with a backup of its own; this one's backup stays."
            }
        }
        .to_owned(),
    ));
    Section { title: "How to go forward", blocks }
}

/// `default` is the environment that `DATABASE_URL` alone makes, and cannot be named.
pub(super) fn gate(receipt: &Receipt, words: &[&str]) -> Command {
    let command = Command::new(&["tidegate"]).words(words);
    match receipt.binding.environment.as_str() {
        "" | "default" => command,
        environment => command.option("--env", environment),
    }
}

/// What a framework needs before it goes on after a migration that failed half-way; from the frameworks' own manuals.
fn repair(framework: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match framework {
        "flyway" => {
            ("Flyway: undo by hand what the failed migration left, then take its row out:", Some("flyway repair"))
        }
        "prisma" => (
            "Prisma deploys nothing until the failed migration is resolved; undo by hand what it left, then:",
            Some("npx prisma migrate resolve --rolled-back MIGRATION"),
        ),
        "golang-migrate" => (
            "golang-migrate runs nothing while its history is dirty; undo or finish by hand what the version did, then \
             name the version that the database is at:",
            Some("migrate -path MIGRATIONS -database \"$DATABASE_URL\" force VERSION"),
        ),
        "sqlx" => (
            "sqlx runs nothing while a row of its history has success = false; undo by hand what the migration left, \
             then:",
            Some("psql \"$DATABASE_URL\" -c 'DELETE FROM _sqlx_migrations WHERE NOT success'"),
        ),
        "liquibase" => (
            "Liquibase: a process that was killed leaves its own lock behind. Look at what is pending, and if no other \
             Liquibase runs, take the lock away:",
            Some("liquibase release-locks"),
        ),
        "atlas" => (
            "Atlas: see where it stopped; after mending by hand tell it the version that the database is at:",
            Some("atlas migrate set VERSION --url \"$DATABASE_URL\""),
        ),
        "supabase" => (
            "Supabase: after mending by hand, put its history right:",
            Some("supabase migration repair --status reverted VERSION"),
        ),
        "hasura" => (
            "Hasura: after finishing a migration by hand, mark it as applied:",
            Some("hasura migrate apply --skip-execution --version VERSION"),
        ),
        "goose" => ("goose records a migration once it is through; see which are:", Some("goose status")),
        "dbmate" => ("dbmate records a migration once it is through; see which are:", Some("dbmate status")),
        "diesel" => ("Diesel records a migration once it is through; see which are:", Some("diesel migration list")),
        "plain" => ("Plain SQL keeps no history: the database alone shows how far it came.", None),
        _ => return None,
    })
}

fn way_back(receipt: &Receipt) -> Option<Section> {
    let Some(found) = restore(receipt) else {
        let say = "Nothing that could be restored is known: there is no backup of this run, and no automated backups.";
        return Some(Section { title: "How to restore", blocks: vec![Block::Say(say.to_owned())] });
    };
    let title = "How to restore, if it comes to that";
    let mut blocks = vec![Block::Say("What a restore loses:".to_owned())];
    blocks.extend(found.loses.iter().cloned().map(Block::Item));
    let Restore { from_backup, to_a_moment, afterwards, .. } = found;
    blocks.push(Block::Say(
        "First stop what writes to the database: what it writes from now on is lost as well.".to_owned(),
    ));
    if !from_backup.is_empty() {
        let heading = match &receipt.backup {
            Some(backup) => format!("From the backup {}:", backup.id),
            None => "From the backup:".to_owned(),
        };
        steps(heading, from_backup, &mut blocks);
    }
    if !to_a_moment.is_empty() {
        steps(
            "Instead, to the moment before the command started, from the automated backups:".to_owned(),
            to_a_moment,
            &mut blocks,
        );
    }
    steps("Afterwards:".to_owned(), afterwards, &mut blocks);
    Some(Section { title, blocks })
}

fn steps(heading: String, steps: Vec<Step>, blocks: &mut Vec<Block>) {
    blocks.push(Block::Say(heading));
    for step in steps {
        blocks.push(Block::Item(step.what));
        let mut lines = Vec::new();
        for command in &step.commands {
            lines.extend(command.lines());
        }
        blocks.push(Block::Shell(lines));
    }
}
