//! What `cargo compare` says to a contestant, and what it hears.
//!
//! A contestant is a process of its own, for one precision and one number of
//! threads. It says [`Hello`], then answers each line of its standard input,
//! a [`Request`], by one line of JSON, an [`Answer`]. Between two requests it
//! sleeps: the machine belongs to one contestant at a time.
//!
//! [`speak`] is the contestant's side for all that are written in Rust: it
//! draws the batches and reads the clock, the same way for each; [`be`] is a
//! whole program around it. What is left to a contestant is the trait
//! [`Peer`]. `benches/peers/peer.py` does the same for those written in Python.

mod mnist;
mod peer;
mod protocol;
mod speak;
mod weights;

pub use mnist::{Images, Mnist};
pub use peer::{Failure, Peer};
pub use protocol::{Answer, Hello, ParseError, Precision, Request, Work};
pub use speak::{be, speak};
pub use weights::{HIDDEN, PIXELS, Weights};

/// Images in a batch, where a request does not say.
pub const BATCH: usize = 100;

/// The classes that an image may be of.
pub const CLASSES: usize = 10;

/// The test images of MNIST.
pub const TEST_IMAGES: usize = 10_000;

/// How far each step goes.
pub const LEARNING_RATE: f64 = 0.1;
