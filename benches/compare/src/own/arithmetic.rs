//! As many multiplications and additions as the products of a step or of a
//! prediction have, in registers: no memory, no matrix, nothing to wait for.
//! No product can be faster on this processor.

use std::hint::black_box;
use std::marker::PhantomData;

use peer::{
    BATCH, CLASSES, Failure, HIDDEN, PIXELS, Peer, TEST_IMAGES, Weights,
};
use pulp::{Arch, Simd, WithSimd};

/// Multiplications of the five products of a step, each with its addition.
const STEP: usize = BATCH * HIDDEN * (2 * PIXELS + 3 * CLASSES);

/// Those of the two products of a prediction.
const FORWARD: usize = TEST_IMAGES * HIDDEN * (PIXELS + CLASSES);

/// Sums that grow side by side: enough for one to begin in each cycle of each
/// unit while the others are on their way.
const SUMS: usize = 12;

/// Numbers that can be multiplied and added in one instruction.
pub trait MultiplyAdd {
    /// Does that many multiplications and additions, in vectors.
    fn multiply_add(count: usize);
}

macro_rules! multiply_add {
    ($($float:ty, $lanes:ident, $splat:ident, $multiply_add:ident;)*) => {$(
        impl MultiplyAdd for $float {
            fn multiply_add(count: usize) {
                struct Chains(usize);

                impl WithSimd for Chains {
                    type Output = ();

                    #[inline(always)]
                    fn with_simd<S: Simd>(self, simd: S) {
                        let factor = simd.$splat(black_box(0.9));
                        let term = simd.$splat(black_box(0.1));
                        let mut sums = [term; SUMS];
                        for _ in 0..self.0 / (SUMS * S::$lanes) {
                            for sum in &mut sums {
                                *sum = simd.$multiply_add(*sum, factor, term);
                            }
                        }
                        black_box(sums);
                    }
                }

                Arch::new().dispatch(Chains(count));
            }
        }
    )*};
}

multiply_add! {
    f32, F32_LANES, splat_f32s, mul_add_f32s;
    f64, F64_LANES, splat_f64s, mul_add_f64s;
}

/// The arithmetic in that precision.
pub struct Arithmetic<F>(PhantomData<F>);

impl<F> Arithmetic<F> {
    /// There is nothing to make.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

/// On the threads of rayon's pool, at most two.
fn multiply_add<F: MultiplyAdd>(count: usize) {
    if rayon::current_num_threads() == 1 {
        F::multiply_add(count);
    } else {
        let half = || F::multiply_add(count / 2);
        rayon::join(half, half);
    }
}

impl<F: MultiplyAdd> Peer for Arithmetic<F> {
    fn products(&mut self, times: usize) -> Result<(), Failure> {
        multiply_add::<F>(times * STEP);
        Ok(())
    }

    fn forward(&mut self, times: usize) -> Result<(), Failure> {
        multiply_add::<F>(times * FORWARD);
        Ok(())
    }

    fn set(&mut self, _weights: &Weights) -> Result<(), Failure> {
        Err("has no network".into())
    }

    fn train(&mut self, _batches: &[Vec<usize>]) -> Result<Vec<f64>, Failure> {
        Err("has no network".into())
    }

    fn images(&self) -> usize {
        0
    }

    fn test_images(&self) -> usize {
        0
    }
}
