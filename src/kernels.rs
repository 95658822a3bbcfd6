//! The few loops that must be optimised, whoever calls them.
//!
//! A generic function is compiled where it is used, with the user's settings.
//! Cells of the book and tests are compiled without optimisation, which makes
//! a training loop many times slower. The functions of [`Kernels`] are not
//! generic once `Self` is `f32` or `f64`: they are compiled here, with this
//! crate's settings. All above them is generic code that hands its heavy work
//! to them, or is not generic, and so compiled here anyway. They know numbers
//! in memory, and no layer, no network and no data set.
//!
//! As the trait cannot be named outside of this crate, it also seals
//! [`Float`](crate::Float).

mod argmax;
mod elementwise;
mod exp;
pub(crate) mod in_order;
mod number;
pub(crate) mod pixels;
mod product;
mod rows;
mod softmax;
pub(crate) mod threads;

use std::ops::Range;

use ndarray::{ArrayRef1, ArrayRef2};

pub use elementwise::AdamStep;
use number::Number;

/// The leaf functions, in both precisions.
pub trait Kernels: Sized {
    /// `into += scale * a . b`, shapes `(N, M)`, `(N, D)` and `(D, M)`: the
    /// rows of `into` in at most that many parts, at the same time.
    fn add_product(
        scale: Self,
        a: &ArrayRef2<Self>,
        b: &ArrayRef2<Self>,
        into: &mut ArrayRef2<Self>,
        parts: usize,
    );

    /// `into = a . b`, as [`add_product`](Self::add_product).
    fn product(
        a: &ArrayRef2<Self>,
        b: &ArrayRef2<Self>,
        into: &mut ArrayRef2<Self>,
        parts: usize,
    );

    /// The rows of those indices, those columns of them one after the other,
    /// from bytes to numbers from 0 to 1 (byte / 255).
    fn pixels(
        bytes: &ArrayRef2<u8>,
        indices: &[usize],
        columns: &[Range<usize>],
        into: &mut ArrayRef2<Self>,
    );

    /// The rows of `from` in those ranges, one after the other.
    fn gather_rows(
        from: &ArrayRef2<Self>,
        ranges: &[Range<usize>],
        into: &mut ArrayRef2<Self>,
    );

    /// The rows, one after the other, become those of `into` in those ranges.
    fn scatter_rows(
        rows: &ArrayRef2<Self>,
        ranges: &[Range<usize>],
        into: &mut ArrayRef2<Self>,
    );

    /// Each row of `into` becomes `row`.
    fn fill_rows(row: &ArrayRef1<Self>, into: &mut ArrayRef2<Self>);

    /// `into += scale *` the sum of the rows.
    fn add_rows(
        scale: Self,
        rows: &ArrayRef2<Self>,
        into: &mut ArrayRef1<Self>,
    );

    /// The sum, in order.
    fn sum(x: &[Self]) -> Self;

    /// `into += scale * x`.
    fn scaled_add(scale: Self, x: &[Self], into: &mut [Self]);

    /// `max(x, 0)`; a NaN stays.
    fn relu(x: &mut ArrayRef2<Self>);

    /// 0 where `y`, a ReLU's output, is 0, else `dout`.
    fn relu_backward(dout: &mut ArrayRef2<Self>, y: &ArrayRef2<Self>);

    /// Rows of scores become rows of probabilities, and each row has the
    /// cross-entropy loss of its label among `losses`.
    fn softmax_with_loss(
        scores: &mut ArrayRef2<Self>,
        labels: &[u8],
        losses: &mut [Self],
    );

    /// `(y - t) / batch_size`, row by row, where `t` is the one-hot label.
    fn softmax_with_loss_backward(
        y: &mut ArrayRef2<Self>,
        labels: &[u8],
        batch_size: Self,
    );

    /// For each row the index of its first highest score; none if the row has
    /// a NaN, or no score.
    fn argmax(scores: &ArrayRef2<Self>) -> Vec<Option<usize>>;

    /// `velocity = momentum * velocity - rate * gradient`, then
    /// `parameter += velocity`.
    fn momentum(
        rate: Self,
        momentum: Self,
        gradient: &[Self],
        velocity: &mut [Self],
        parameter: &mut [Self],
    );

    /// Adam's moments `m` and `v`, moved by the shares `1 - beta` towards the
    /// gradient and its square, then
    /// `parameter -= rate * m / (sqrt(v) + epsilon)`.
    fn adam(
        step: AdamStep<Self>,
        gradient: &[Self],
        moments: [&mut [Self]; 2],
        parameter: &mut [Self],
    );
}

macro_rules! kernels {
    ($($float:ty)*) => {$(
        impl Number for $float {}

        impl Kernels for $float {
            fn add_product(
                scale: Self,
                a: &ArrayRef2<Self>,
                b: &ArrayRef2<Self>,
                into: &mut ArrayRef2<Self>,
                parts: usize,
            ) {
                product::add(scale, a, b, into, parts);
            }

            fn product(
                a: &ArrayRef2<Self>,
                b: &ArrayRef2<Self>,
                into: &mut ArrayRef2<Self>,
                parts: usize,
            ) {
                product::replace(a, b, into, parts);
            }

            fn pixels(
                bytes: &ArrayRef2<u8>,
                indices: &[usize],
                columns: &[Range<usize>],
                into: &mut ArrayRef2<Self>,
            ) {
                pixels::pixels(bytes, indices, columns, into);
            }

            fn gather_rows(
                from: &ArrayRef2<Self>,
                ranges: &[Range<usize>],
                into: &mut ArrayRef2<Self>,
            ) {
                rows::gather(from, ranges, into);
            }

            fn scatter_rows(
                rows: &ArrayRef2<Self>,
                ranges: &[Range<usize>],
                into: &mut ArrayRef2<Self>,
            ) {
                rows::scatter(rows, ranges, into);
            }

            fn fill_rows(row: &ArrayRef1<Self>, into: &mut ArrayRef2<Self>) {
                rows::fill(row, into);
            }

            fn add_rows(
                scale: Self,
                rows: &ArrayRef2<Self>,
                into: &mut ArrayRef1<Self>,
            ) {
                rows::add(scale, rows, into);
            }

            fn sum(x: &[Self]) -> Self {
                x.iter().sum()
            }

            fn scaled_add(scale: Self, x: &[Self], into: &mut [Self]) {
                elementwise::scaled_add(scale, x, into);
            }

            fn relu(x: &mut ArrayRef2<Self>) {
                elementwise::relu(x);
            }

            fn relu_backward(dout: &mut ArrayRef2<Self>, y: &ArrayRef2<Self>) {
                elementwise::relu_backward(dout, y);
            }

            fn softmax_with_loss(
                scores: &mut ArrayRef2<Self>,
                labels: &[u8],
                losses: &mut [Self],
            ) {
                softmax::forward(scores, labels, losses);
            }

            fn softmax_with_loss_backward(
                y: &mut ArrayRef2<Self>,
                labels: &[u8],
                batch_size: Self,
            ) {
                softmax::backward(y, labels, batch_size);
            }

            fn argmax(scores: &ArrayRef2<Self>) -> Vec<Option<usize>> {
                argmax::argmax(scores)
            }

            fn momentum(
                rate: Self,
                momentum: Self,
                gradient: &[Self],
                velocity: &mut [Self],
                parameter: &mut [Self],
            ) {
                elementwise::momentum(
                    rate, momentum, gradient, velocity, parameter,
                );
            }

            fn adam(
                step: AdamStep<Self>,
                gradient: &[Self],
                moments: [&mut [Self]; 2],
                parameter: &mut [Self],
            ) {
                elementwise::adam(step, gradient, moments, parameter);
            }
        }
    )*};
}

kernels! { f32 f64 }
