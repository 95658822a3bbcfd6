//! What the library promises, in one program: what waits leaves the processor
//! to what computes.

mod book;
mod problems;
mod properties;
#[cfg(unix)]
mod runner;
