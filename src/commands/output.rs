//! Data on stdout. A reader that went away (`| head`) is no failure.

use std::io::{ErrorKind, Write as _};

use crate::cli::failure::{Code, Failure};

pub(super) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Code::CouldNotTell, format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}
