//! What to learn from, in which order and for how long.

/// How [`train`](super::train()) goes through the training set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Images in a batch.
    pub batch_size: usize,
    /// When to stop.
    pub length: Length,
    /// Which images make a batch.
    pub sampling: Sampling,
    /// The seed of the draws.
    pub seed: u64,
}

impl Plan {
    /// The original program's protocol: 10,000 steps with 100 images each,
    /// drawn with replacement.
    #[must_use]
    pub fn original(seed: u64) -> Self {
        Self {
            batch_size: 100,
            length: Length::Steps(10_000),
            sampling: Sampling::WithReplacement,
            seed,
        }
    }

    /// Steps in an epoch of `len` images; the last batch may be smaller.
    pub(super) fn steps_per_epoch(&self, len: usize) -> usize {
        len.div_ceil(self.batch_size)
    }
}

/// When [`train`](super::train()) stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// After this many steps, one batch each.
    Steps(usize),
    /// After this many epochs: as many steps as it takes to see as many images
    /// as the training set has.
    Epochs(usize),
}

/// Which images make a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// Each image of each batch is drawn from the whole set, again and again.
    WithReplacement,
    /// The set is shuffled for each epoch, and each image comes once. The
    /// last batch of an epoch holds what is left.
    Shuffled,
}
