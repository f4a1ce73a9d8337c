//! Everything that needs the whole program, a real server or a real tool: one binary, a module per topic.
//!
//! `tests/run` installs what these tests need. What is missing makes a test fail with a message that says so; nothing
//! is skipped in silence.
// Helpers of tests are tests too: what fails there shall fail loudly.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

mod agreement;
mod aws;

mod backup;
mod catalog;
mod ci;
mod connect;
mod counts;
mod ddl;
mod dependencies;
mod diff;
mod doctor;
mod documentation;
mod engine;
mod example;
mod gate;
mod harness;
mod history;
mod hook;
mod layers;
mod lint;
mod locks;
mod mermaid;
mod page;
mod pdf;
mod plan;
mod receipt;
mod recipes;
mod replay;
mod warm;
mod watch;
