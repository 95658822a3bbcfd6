//! Entry by entry.
//!
//! [`Arch`] compiles a loop for several kinds of processor, and chooses when
//! the program runs. Each closure takes by value what it changes (`let into =
//! into;`). It is then `FnOnce`, and inlined into the code for this processor;
//! an `FnMut` would be called from there, compiled for the oldest one. Matrices
//! with gaps in memory take ndarray's loops.

use ndarray::{ArrayRef2, Zip};
use pulp::Arch;
use rayon::{
    iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator},
    slice::{ParallelSlice, ParallelSliceMut},
};

use super::{number::Number, threads};

pub(super) fn scaled_add<F: Number>(scale: F, x: &[F], into: &mut [F]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let into = into;
            for (into, &x) in into.iter_mut().zip(x) {
                *into += scale * x;
            }
        },
    );
}

/// The value, or 0 if `x`, which is not positive, says that the unit is off: a
/// choice of two values, for which there is an instruction.
#[inline]
fn zero_if_off<F: Number>(x: F, value: F) -> F {
    if x <= F::zero() { F::zero() } else { value }
}

pub(super) fn relu<F: Number>(x: &mut ArrayRef2<F>) {
    let Some(numbers) = x.as_slice_memory_order_mut() else {
        x.mapv_inplace(|x| zero_if_off(x, x));
        return;
    };
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for x in numbers {
                *x = zero_if_off(*x, *x);
            }
        },
    );
}

pub(super) fn relu_backward<F: Number>(
    dout: &mut ArrayRef2<F>,
    y: &ArrayRef2<F>,
) {
    let (Some(numbers), Some(y)) = (dout.as_slice_mut(), y.as_slice()) else {
        Zip::from(dout)
            .and(y)
            .for_each(|dout, &y| *dout = zero_if_off(y, *dout));
        return;
    };
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let numbers = numbers;
            for (dout, &y) in numbers.iter_mut().zip(y) {
                *dout = zero_if_off(y, *dout);
            }
        },
    );
}

pub(super) fn momentum<F: Number>(
    rate: F,
    momentum: F,
    gradient: &[F],
    velocity: &mut [F],
    parameter: &mut [F],
) {
    let len = threads::chunk_len(gradient.len());
    (gradient.par_chunks(len), velocity.par_chunks_mut(len))
        .into_par_iter()
        .zip(parameter.par_chunks_mut(len))
        .for_each(|((gradient, velocity), parameter)| {
            momentum_of_chunk(rate, momentum, gradient, velocity, parameter);
        });
}

fn momentum_of_chunk<F: Number>(
    rate: F,
    momentum: F,
    gradient: &[F],
    velocity: &mut [F],
    parameter: &mut [F],
) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let velocity = velocity;
            let moving = velocity.iter_mut().zip(parameter);
            for (&gradient, (velocity, parameter)) in
                gradient.iter().zip(moving)
            {
                *velocity = momentum * *velocity - rate * gradient;
                *parameter += *velocity;
            }
        },
    );
}

/// The numbers of one step of Adam.
#[derive(Clone, Copy, Debug)]
pub struct AdamStep<F> {
    /// The learning rate, corrected for the moments' start at 0.
    pub rate: F,
    /// What the moments keep of themselves.
    pub beta: [F; 2],
    /// What keeps the divisor from 0.
    pub epsilon: F,
}

pub(super) fn adam<F: Number>(
    step: AdamStep<F>,
    gradient: &[F],
    [m, v]: [&mut [F]; 2],
    parameter: &mut [F],
) {
    let len = threads::chunk_len(gradient.len());
    let moments = (m.par_chunks_mut(len), v.par_chunks_mut(len));
    moments
        .into_par_iter()
        .zip(gradient.par_chunks(len))
        .zip(parameter.par_chunks_mut(len))
        .for_each(|(((m, v), gradient), parameter)| {
            adam_of_chunk(step, gradient, [m, v], parameter);
        });
}

fn adam_of_chunk<F: Number>(
    step: AdamStep<F>,
    gradient: &[F],
    [m, v]: [&mut [F]; 2],
    parameter: &mut [F],
) {
    let AdamStep {
        rate,
        beta: [beta1, beta2],
        epsilon,
    } = step;
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let m = m;
            let moments = m.iter_mut().zip(v);
            let moving = moments.zip(parameter);
            for (&g, ((m, v), parameter)) in gradient.iter().zip(moving) {
                *m += (F::one() - beta1) * (g - *m);
                *v += (F::one() - beta2) * (g * g - *v);
                let root = num_traits::Float::sqrt(*v);
                *parameter -= rate * *m / (root + epsilon);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(len: usize, start: usize) -> Vec<f64> {
        (start..start + len)
            .map(|i| ((i * 31) % 23) as f64 / 7.0 - 1.5)
            .collect()
    }

    fn in_threads<R: Send>(
        threads: usize,
        work: impl FnOnce() -> R + Send,
    ) -> R {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(work)
    }

    /// All of the numbers, on any number of threads, each by the formula.
    #[test]
    fn momentum_in_chunks() {
        let len = 20_001;
        let (gradient, velocity) = (numbers(len, 0), numbers(len, 5));
        let parameter = numbers(len, 9);
        for threads in [1, 3, 9] {
            let (mut v, mut p) = (velocity.clone(), parameter.clone());
            in_threads(threads, || {
                momentum(0.1, 0.9, &gradient, &mut v, &mut p);
            });
            for i in 0..len {
                let expected = 0.9 * velocity[i] - 0.1 * gradient[i];
                assert_eq!(v[i].to_bits(), expected.to_bits(), "{i}");
                let expected = parameter[i] + expected;
                assert_eq!(p[i].to_bits(), expected.to_bits(), "{i}");
            }
        }
    }

    #[test]
    fn adam_in_chunks() {
        let len = 20_001;
        let (gradient, m) = (numbers(len, 0), numbers(len, 5));
        let v: Vec<f64> = numbers(len, 7).iter().map(|v| v * v).collect();
        let parameter = numbers(len, 9);
        let step = AdamStep {
            rate: 0.1,
            beta: [0.5, 0.75],
            epsilon: 0.25,
        };
        for threads in [1, 3, 9] {
            let (mut new_m, mut new_v) = (m.clone(), v.clone());
            let mut p = parameter.clone();
            let moments = [&mut new_m[..], &mut new_v[..]];
            in_threads(threads, || adam(step, &gradient, moments, &mut p));
            for i in 0..len {
                let g = gradient[i];
                let m = m[i] + 0.5 * (g - m[i]);
                let v = v[i] + 0.25 * (g * g - v[i]);
                assert_eq!(new_m[i].to_bits(), m.to_bits(), "{i}");
                assert_eq!(new_v[i].to_bits(), v.to_bits(), "{i}");
                let expected = parameter[i] - 0.1 * m / (v.sqrt() + 0.25);
                assert_eq!(p[i].to_bits(), expected.to_bits(), "{i}");
            }
        }
    }

    /// With gaps in memory as without.
    #[test]
    fn relu_of_any_layout() {
        let x = ndarray::Array2::from_shape_vec((10, 30), numbers(300, 0));
        let x = x.unwrap();
        let mut whole = x.clone();
        relu(&mut whole);
        assert_eq!(whole, x.mapv(|x| x.max(0.0)));
        let every_other = ndarray::Slice::new(0, None, 2);
        let mut gaps = x.clone();
        let mut view = gaps.slice_axis_mut(ndarray::Axis(1), every_other);
        relu(&mut view);
        let expected = whole.slice_axis(ndarray::Axis(1), every_other);
        assert_eq!(view, expected);

        let y = expected;
        let mut dout = y.mapv(|y| y + 1.0);
        relu_backward(&mut dout, &y);
        let by_hand = y.mapv(|y| if y > 0.0 { y + 1.0 } else { 0.0 });
        assert_eq!(dout, by_hand);
    }
}
