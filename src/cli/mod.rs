//! The edge: what was typed, what the configuration says, and how things are told to people.

pub mod args;
pub mod config;
pub mod environment;
pub mod failure;
pub mod settings;
pub mod ui;
