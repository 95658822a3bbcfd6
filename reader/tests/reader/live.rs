//! Cells that run from a page: who may run them, and what comes of it.

mod end;
mod guard;
mod run;
pub mod server;
