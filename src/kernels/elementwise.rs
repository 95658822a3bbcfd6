//! Entry by entry.
//!
//! [`Arch`] compiles a loop for several kinds of processor, and chooses when
//! the program runs. Each closure moves what it changes: one that can be called
//! only once is inlined there, where any other would be called, and would be
//! compiled for the oldest processor. Matrices with gaps in memory take
//! ndarray's loops.

use ndarray::{ArrayRef2, Zip};
use pulp::Arch;

use super::number::Number;

pub(super) fn scaled_add<F: Number>(scale: F, x: &[F], into: &mut [F]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (into, &x) in into.into_iter().zip(x) {
                *into = *into + scale * x;
            }
        },
    );
}

/// 0 where `x` closes the unit, else the value: a choice of two values, for
/// which there is an instruction.
#[inline(always)]
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
            for (dout, &y) in numbers.into_iter().zip(y) {
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
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let moving = velocity.into_iter().zip(parameter);
            for (&gradient, (velocity, parameter)) in
                gradient.iter().zip(moving)
            {
                *velocity = momentum * *velocity - rate * gradient;
                *parameter = *parameter + *velocity;
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
    settings: AdamStep<F>,
    gradient: &[F],
    [first, second]: [&mut [F]; 2],
    parameter: &mut [F],
) {
    let AdamStep {
        rate,
        beta: [beta1, beta2],
        eps,
    } = settings;
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let moments = first.into_iter().zip(second);
            let moving = moments.zip(parameter);
            for (&g, ((m, v), parameter)) in gradient.iter().zip(moving) {
                *m = *m + (F::one() - beta1) * (g - *m);
                *v = *v + (F::one() - beta2) * (g * g - *v);
                *parameter = *parameter
                    - rate * *m / (num_traits::Float::sqrt(*v) + eps);
            }
        },
    );
}
