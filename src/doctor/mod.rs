//! Checks that say whether a gate would work here, each with how to mend it.
