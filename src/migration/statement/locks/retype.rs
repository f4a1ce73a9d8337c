//! Whether a change of a column's type rewrites its table.

use super::Effect;
use crate::migration::statement::table::{DataType, Expression};

/// The effect of `ALTER COLUMN … TYPE`, and whether it is sure. `from` is unknown where the target is.
///
/// Source: `ATColumnChangeRequiresRewrite`, the casts in `pg_cast`, and the support functions that drop length checks
/// which cannot fail. Indexes on the column are built anew where the operators differ, which is not told here.
pub(super) fn effect(
    from: Option<&DataType>,
    to: &DataType,
    collate: bool,
    using: Option<&Expression>,
    column: &str,
) -> (Effect, bool) {
    if using.is_some_and(|using| !is_plain(using, column)) {
        return (Effect::Rewrite, true);
    }
    let Some(from) = from else { return (Effect::Rewrite, false) };
    if !to.is_built_in() || !from.is_built_in() {
        // A domain over the same type may be free, or be checked row by row.
        let same = from.name == to.name && from.schema == to.schema && from.array == to.array;
        return if same { (Effect::None, true) } else { (Effect::Rewrite, false) };
    }
    if from.array != to.array {
        return (Effect::Rewrite, true);
    }
    let zones = [from.name.as_str(), to.name.as_str()];
    if zones == ["timestamp", "timestamptz"] || zones == ["timestamptz", "timestamp"] {
        // Free where the session's time zone is UTC.
        return (Effect::Rewrite, false);
    }
    // A collation is a matter of the indexes.
    let _ = collate;
    (if is_free(from, to) { Effect::None } else { Effect::Rewrite }, true)
}

/// `USING column` and `USING column::type` are what is done without `USING`.
fn is_plain(using: &Expression, column: &str) -> bool {
    let first = using.text.split("::").next().unwrap_or_default().trim().trim_matches(['(', ')']);
    using.text.matches("::").count() <= 1
        && crate::migration::statement::object::fold(first) == column
        && using.text.chars().all(|c| c.is_alphanumeric() || " _:\"(),[]".contains(c))
}

/// Whether the values stay as they are on disk.
fn is_free(from: &DataType, to: &DataType) -> bool {
    let (old, new) = (from.modifiers.as_slice(), to.modifiers.as_slice());
    let widens = || match (old, new) {
        (_, []) => true,
        ([old, ..], [new, ..]) => new >= old,
        ([], _) => false,
    };
    match (from.name.as_str(), to.name.as_str()) {
        // An array's elements are converted one by one, unless nothing at all changes or a limit is lifted.
        _ if from.array => from.name == to.name && (old == new || new.is_empty()),
        ("varchar" | "varbit" | "time" | "timetz" | "timestamp" | "timestamptz", same) if same == from.name => widens(),
        // `interval day to second` keeps some fields alone.
        ("interval", "interval") if !from.text.contains(' ') && !to.text.contains(' ') => widens(),
        ("interval", "interval") => from.text.eq_ignore_ascii_case(&to.text),
        ("varchar", "text") => true,
        ("text", "varchar") => new.is_empty(),
        ("numeric", "numeric") => match (old, new) {
            (_, []) => true,
            ([], _) => false,
            ([old, rest @ ..], [new, others @ ..]) => {
                new >= old && rest.first().unwrap_or(&0) == others.first().unwrap_or(&0)
            }
        },
        ("cidr", "inet") => true,
        ("xml", "text" | "varchar") => new.is_empty(),
        ("int4", "oid" | "regclass" | "regproc" | "regtype") | ("oid" | "regclass" | "regproc" | "regtype", "int4") => {
            true
        }
        (one, other) => one == other && old == new,
    }
}
