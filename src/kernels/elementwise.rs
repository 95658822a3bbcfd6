//! Entry by entry.
//!
//! [`Arch`] compiles a loop for several kinds of processor, and chooses when
//! the program runs. Each closure moves what it changes: one that can be called
//! only once is inlined there, where any other would be called, and would be
//! compiled for the oldest processor. Matrices with gaps in memory take
//! ndarray's loops.

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

/// 0 where `x` closes the unit, else the value: a choice of two values, for
/// which there is an instruction.
#[inline]
fn gate<F: Number>(x: F, value: F) -> F {
    if x <= F::zero() { F::zero() } else { value }
}

pub(super) fn relu<F: Number>(x: &mut ArrayRef2<F>) {
    let Some(numbers) = x.as_slice_memory_order_mut() else {
        x.mapv_inplace(|x| gate(x, x));
        return;
    };
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for x in numbers {
                *x = gate(*x, *x);
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
            .for_each(|dout, &y| *dout = gate(y, *dout));
        return;
    };
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let numbers = numbers;
            for (dout, &y) in numbers.iter_mut().zip(y) {
                *dout = gate(y, *dout);
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
    let share = threads::share(gradient.len());
    (gradient.par_chunks(share), velocity.par_chunks_mut(share))
        .into_par_iter()
        .zip(parameter.par_chunks_mut(share))
        .for_each(|((gradient, velocity), parameter)| {
            momentum_of_share(rate, momentum, gradient, velocity, parameter);
        });
}

fn momentum_of_share<F: Number>(
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
    pub eps: F,
}

pub(super) fn adam<F: Number>(
    step: AdamStep<F>,
    gradient: &[F],
    [first, second]: [&mut [F]; 2],
    parameter: &mut [F],
) {
    let share = threads::share(gradient.len());
    let moments = (first.par_chunks_mut(share), second.par_chunks_mut(share));
    moments
        .into_par_iter()
        .zip(gradient.par_chunks(share))
        .zip(parameter.par_chunks_mut(share))
        .for_each(|(((first, second), gradient), parameter)| {
            adam_of_share(step, gradient, [first, second], parameter);
        });
}

fn adam_of_share<F: Number>(
    step: AdamStep<F>,
    gradient: &[F],
    [first, second]: [&mut [F]; 2],
    parameter: &mut [F],
) {
    let AdamStep {
        rate,
        beta: [beta1, beta2],
        eps,
    } = step;
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let first = first;
            let moments = first.iter_mut().zip(second);
            let moving = moments.zip(parameter);
            for (&g, ((m, v), parameter)) in gradient.iter().zip(moving) {
                *m += (F::one() - beta1) * (g - *m);
                *v += (F::one() - beta2) * (g * g - *v);
                let root = num_traits::Float::sqrt(*v);
                *parameter -= rate * *m / (root + eps);
            }
        },
    );
}
