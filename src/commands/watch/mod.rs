//! `tidegate watch`: files change, and the documentation follows.
//!
//! One round is what `tidegate docs` does. A round that fails changes nothing: what was written and shown last stays,
//! with the error over it, until the files are mended.

mod inputs;
mod round;
mod tell;

use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::sync::watch;

use crate::cli::args::{Global, WatchArgs};
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::{WatchSettings, watch_settings};
use crate::cli::ui::Ui;
use crate::watch::follow::{Action, Event, Follow};
use crate::watch::hints::Hints;
use crate::watch::inputs::Inputs;
use crate::watch::serve::{Listening, Page, ServeError, Shown};
use round::{Outcome, Writer};
use tell::Teller;

pub async fn run(args: &WatchArgs, global: &Global, environment: &Environment, ui: &Ui) -> Result<ExitCode, Failure> {
    let mut first = settings(args, global, environment)?;
    first.docs.read.engine_options.standby = Some(Arc::default());
    let teller = Teller::new(&first, environment, ui);
    let (shown, for_browsers) = watch::channel(Shown { page: Page::waiting(), problem: None });
    let listening = match first.serve {
        true => Some(Listening::on(first.port).map_err(|error| cannot_listen(&error))?),
        false => None,
    };
    let url = listening.as_ref().map(Listening::url);
    teller.begins(&first, url.as_deref());
    let following =
        follow(first, &shown, &teller, |last| settings(args, global, environment).map(|new| keep(last, new)));
    match listening {
        None => following.await,
        Some(listening) => tokio::select! {
            ended = following => ended,
            served = listening.serve(for_browsers) => Err(match served {
                Ok(()) => Failure::new(Code::CouldNotTell, "the page's server has ended"),
                Err(error) => Failure::from_error(Code::CouldNotTell, &error),
            }),
        },
    }
}

fn settings(args: &WatchArgs, global: &Global, environment: &Environment) -> Result<WatchSettings, Failure> {
    let loaded = Loaded::find(global.config.as_deref(), environment)?;
    watch_settings(args, &loaded, environment)
}

/// What was begun with the first settings cannot change under way.
fn keep(first: &WatchSettings, mut new: WatchSettings) -> WatchSettings {
    new.docs.read.engine_options.standby.clone_from(&first.docs.read.engine_options.standby);
    WatchSettings { serve: first.serve, port: first.port, poll: first.poll, ..new }
}

fn cannot_listen(error: &ServeError) -> Failure {
    let failure = Failure::from_error(Code::Usage, error);
    match error {
        ServeError::Taken { .. } => failure.hint("leave out --port, or use --port 0 for any that is free"),
        ServeError::Listen { .. } => failure,
    }
}

/// Goes on until it is dropped.
async fn follow(
    mut current: WatchSettings,
    shown: &watch::Sender<Shown>,
    teller: &Teller<'_>,
    reload: impl Fn(&WatchSettings) -> Result<WatchSettings, Failure>,
) -> Result<ExitCode, Failure> {
    let mut hints = match current.poll {
        true => Hints::polling(),
        false => Hints::events().unwrap_or_else(|error| teller.polls(&error)),
    };
    let mut follow = Follow::default();
    let writer = Writer::default();
    let mut working: Option<Pin<Box<dyn Future<Output = Outcome> + '_>>> = None;
    loop {
        // Watched first and looked at then: what changes between is told.
        let inputs = inputs::of(&current);
        if let Err(error) = hints.follow(&inputs) {
            hints = teller.polls(&error);
        }
        let mut action = follow.on(Event::Looked(look(inputs).await?));
        loop {
            if action != Action::Nothing {
                // What is under way is dropped here, its engine with it.
                drop(working.take());
                let reloaded = reload(&current);
                if let Ok(new) = &reloaded {
                    current = new.clone();
                }
                working = Some(Box::pin(round::go(current.clone(), reloaded.err(), writer.clone(), teller.ui())));
            }
            let Some(work) = &mut working else { break hints.next().await };
            tokio::select! {
                outcome = work => {
                    working = None;
                    teller.ended(&outcome, &current, shown);
                    action = follow.on(Event::Ended);
                }
                () = hints.next() => break,
            }
        }
    }
}

async fn look(inputs: Inputs) -> Result<crate::watch::inputs::Fingerprint, Failure> {
    super::off_the_runtime(move || inputs.look()).await
}
