//! Whether a script ends where it meant to: half a dump would make half a schema.

use super::DumpError;
use crate::migration::statement::{Kind, Piece, Problem};

/// Whether a file ends where it meant to.
pub(super) fn complete(name: &str, whole: &str, pieces: &[Piece]) -> Result<(), DumpError> {
    if let Some(problem) = pieces.iter().find_map(|piece| piece.problem) {
        // A parenthesis may be open because of a mistake, which the server words better, unless the file is a dump's.
        let hopeless = !matches!(problem, Problem::OpenParenthesis { .. });
        if hopeless {
            return Err(DumpError::CutOff { name: name.to_owned(), line: problem.line(), problem });
        }
    }
    let comments = || {
        pieces
            .iter()
            .filter(|piece| piece.kind == Kind::Blank)
            .flat_map(|piece| piece.text(whole).lines())
            .map(str::trim_end)
    };
    const ENDS: &[(&str, &str)] = &[
        ("-- PostgreSQL database dump", "-- PostgreSQL database dump complete"),
        ("-- PostgreSQL database cluster dump", "-- PostgreSQL database cluster dump complete"),
    ];
    for (header, trailer) in ENDS {
        let count = |wanted: &str| comments().filter(|line| *line == wanted).count();
        if count(header) > count(trailer) {
            return Err(DumpError::NoTrailer { name: name.to_owned(), line: trailer });
        }
    }
    Ok(())
}
