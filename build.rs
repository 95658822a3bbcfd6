//! Turns every section of the book into a test: see the crate `cells`.

fn main() {
    cells::build_script();
}
