//! One run: from what a page asks for to what its cells print.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::sync::mpsc::Sender;

use super::Live;
use super::protocol::{Answer, Order, State, Status};
use crate::keep::Stopper;

/// What stops a run, wherever it is.
#[derive(Default)]
pub struct Stop {
    is_set: AtomicBool,
    told: Notify,
    /// What stops the program that runs now.
    program: Mutex<Option<Stopper>>,
}

impl Stop {
    /// Stops the run.
    pub fn now(&self) {
        let program =
            self.program.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_set.store(true, Ordering::SeqCst);
        self.told.notify_one();
        if let Some(program) = &*program {
            program.stop();
        }
    }

    pub fn is_set(&self) -> bool {
        self.is_set.load(Ordering::SeqCst)
    }

    /// From now on, this is what stops the run.
    fn stops(&self, stopper: Option<Stopper>) {
        let mut program =
            self.program.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_set()
            && let Some(stopper) = &stopper
        {
            stopper.stop();
        }
        *program = stopper;
    }
}
