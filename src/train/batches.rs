//! Which images make each batch.

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};

use super::{Plan, Sampling};

/// The images of one batch after the other, by their indices.
pub(super) struct Batches {
    rng: ChaCha8Rng,
    sampling: Sampling,
    batch_size: usize,
    /// A batch for [`Sampling::WithReplacement`], the whole set for [`Sampling::Shuffled`].
    indices: Vec<usize>,
    images: usize,
}

impl Batches {
    pub(super) fn new(images: usize, plan: &Plan) -> Self {
        let Plan {
            batch_size,
            sampling,
            seed,
            ..
        } = *plan;
        let indices = match sampling {
            Sampling::WithReplacement => vec![0; batch_size],
            Sampling::Shuffled => (0..images).collect(),
        };
        let rng = ChaCha8Rng::seed_from_u64(seed);
        Self {
            rng,
            sampling,
            batch_size,
            indices,
            images,
        }
    }

    /// The batch of that number within its epoch, as indices of images.
    pub(super) fn next(&mut self, number: usize) -> &[usize] {
        match self.sampling {
            Sampling::WithReplacement => {
                for index in &mut self.indices {
                    *index = self.rng.random_range(0..self.images);
                }
                &self.indices
            }
            Sampling::Shuffled => {
                if number == 0 {
                    self.indices.shuffle(&mut self.rng);
                }
                let start = number * self.batch_size;
                let end = self.images.min(start + self.batch_size);
                &self.indices[start..end]
            }
        }
    }
}
