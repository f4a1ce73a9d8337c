//! The rows of the failure table that the machine answers for.

use super::*;

#[test]
fn a_run_from_beginning_to_end() {
    let world = World::new();
    let receipt = world.gate(1, options());
    assert_eq!((receipt.outcome, receipt.exit_code), (super::super::world::Outcome::Succeeded, 0), "{receipt:#?}");
    assert_eq!((world.count(Kind::Request), world.count(Kind::Run)), (1, 1));
}
