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

    /// The batch of that index within its epoch, as indices of images: one after
    /// the other.
    pub(super) fn batch(&mut self, index: usize) -> &[usize] {
        match self.sampling {
            Sampling::WithReplacement => {
                for index in &mut self.indices {
                    *index = self.rng.random_range(0..self.images);
                }
                &self.indices
            }
            Sampling::Shuffled => {
                if index == 0 {
                    self.indices.shuffle(&mut self.rng);
                }
                let start = index * self.batch_size;
                let end = self.images.min(start + self.batch_size);
                &self.indices[start..end]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Length;

    fn batches(sampling: Sampling) -> Batches {
        let plan = Plan {
            batch_size: 4,
            length: Length::Epochs(1),
            sampling,
            seed: 1,
        };
        Batches::new(10, &plan)
    }

    #[test]
    fn with_replacement_each_image_comes_as_often() {
        let mut batches = batches(Sampling::WithReplacement);
        let mut counts = [0; 10];
        for index in 0..1000 {
            for &image in batches.batch(index) {
                counts[image] += 1;
            }
        }
        assert!(counts.iter().all(|count| (300..500).contains(count)));
    }

    /// The draws of a seed are those that they always were.
    #[test]
    fn a_seed_draws_the_same_batches() {
        for (sampling, expected) in [
            (Sampling::WithReplacement, [[5, 4, 9, 0], [2, 5, 3, 2]]),
            (Sampling::Shuffled, [[3, 8, 5, 2], [7, 9, 6, 0]]),
        ] {
            let mut batches = batches(sampling);
            let found = [0, 1].map(|index| batches.batch(index).to_vec());
            assert_eq!(found, expected, "{sampling:?}");
        }
    }

    /// Ten images make batches of four, four and two.
    #[test]
    fn shuffled_anew_for_each_epoch() {
        let mut batches = batches(Sampling::Shuffled);
        let mut epoch = || {
            let images: Vec<usize> =
                (0..3).flat_map(|it| batches.batch(it).to_vec()).collect();
            let mut sorted = images.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..10).collect::<Vec<_>>());
            images
        };
        assert_ne!(epoch(), epoch());
    }
}
