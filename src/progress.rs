//! How long work tells that it goes on, without knowing about terminals.

/// Told by the layers below, shown by the edge. Every call is cheap and may be ignored.
pub trait Progress: Send + Sync {
    /// A step begins: `replaying 0042_orders.sql`. `done` of `total`, where the total is known.
    fn step(&self, text: &str, done: usize, total: Option<usize>);
    /// Something worth a line on stderr whatever the verbosity, such as a fallback to another engine.
    fn note(&self, text: &str);

    /// Something is there that was waited for: a line, however short the wait was.
    fn reached(&self, text: &str) {
        self.note(text);
    }

    /// The same, and another program has the terminal from now on.
    fn handed_over(&self, text: &str) {
        self.reached(text);
    }
}

/// Says nothing.
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _: &str, _: usize, _: Option<usize>) {}
    fn note(&self, _: &str) {}
}
