//! What a reader gets from a summary, a family's declarations and an observation.

mod families;
mod fixture;
mod levels;
mod page;
mod terminal;
#[test]
fn scratch() {
    std::fs::write("/tmp/r.html", misgen_report::html(&fixture::summary())).unwrap();
}
