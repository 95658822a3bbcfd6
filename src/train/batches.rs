//! Which images make each batch.

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};

use super::{Order, Plan};

/// The numbers of the images of one batch after the other.
pub(super) struct Batches {
    rng: ChaCha8Rng,
    order: Order,
    batch_size: usize,
    /// A batch for [`Order::Draw`], the whole set for [`Order::Shuffle`].
    numbers: Vec<usize>,
    images: usize,
}

impl Batches {
    pub(super) fn new(images: usize, plan: &Plan) -> Self {
        let Plan {
            batch_size,
            order,
            seed,
            ..
        } = *plan;
        let numbers = match order {
            Order::Draw => vec![0; batch_size],
            Order::Shuffle => (0..images).collect(),
        };
        let rng = ChaCha8Rng::seed_from_u64(seed);
        Self {
            rng,
            order,
            batch_size,
            numbers,
            images,
        }
    }

    /// The batch of that number within its epoch.
    pub(super) fn next(&mut self, number: usize) -> &[usize] {
        match self.order {
            Order::Draw => {
                for number in &mut self.numbers {
                    *number = self.rng.random_range(0..self.images);
                }
                &self.numbers
            }
            Order::Shuffle => {
                if number == 0 {
                    self.numbers.shuffle(&mut self.rng);
                }
                let start = number * self.batch_size;
                let end = self.images.min(start + self.batch_size);
                &self.numbers[start..end]
            }
        }
    }
}
