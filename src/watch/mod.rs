//! Following files: what they hold decides what is done, and events only say when to look.
//!
//! What it promises: a change that stays is acted upon, however the editor brought it about and whichever events the
//! system lost on the way; a change that does not stay, and files that were only touched, cost a look and nothing else.
//!
//! - [`inputs`]: which files matter, and a fingerprint of all they hold
//! - [`follow`]: when to begin and when to begin again (pure)
//! - [`hints`]: when to look
//! - [`serve`]: the page for a browser, reloaded by itself

pub mod follow;
pub mod hints;
pub mod inputs;
pub mod serve;
