//! The layers, forward in order and backward in reverse.

use ndarray::{Array2, ArrayRef2, Axis, CowArray};
use rayon::iter::{ParallelBridge, ParallelIterator};

use crate::{Affine, Float, Relu, SoftmaxWithLoss, Target};

/// How many samples go through the layers at a time where there are many:
/// enough to keep a matrix product busy, few enough to stay in the cache.
pub(super) const CHUNK: usize = 96;

/// The scores of any number of samples, a chunk at a time.
pub(super) fn predict<F: Float>(
    affines: &[&Affine<F>],
    x: &ArrayRef2<F>,
) -> Array2<F> {
    if x.nrows() <= CHUNK {
        return scores(affines, x);
    }
    let outputs = split_last(affines).0.bias.len();
    let mut all = Array2::zeros((x.nrows(), outputs));
    x.axis_chunks_iter(Axis(0), CHUNK)
        .zip(all.axis_chunks_iter_mut(Axis(0), CHUNK))
        .par_bridge()
        .for_each(|(x, mut some)| some.assign(&scores(affines, &x)));
    all
}

/// The mean loss of the samples.
pub(super) fn loss<F: Float>(
    affines: &[&Affine<F>],
    x: &ArrayRef2<F>,
    t: &dyn Target,
) -> F {
    SoftmaxWithLoss.forward(predict(affines, x), t).0
}

fn scores<F: Float>(affines: &[&Affine<F>], x: &ArrayRef2<F>) -> Array2<F> {
    let (last, hidden) = split_last(affines);
    let mut x = CowArray::from(x.view());
    for affine in hidden {
        let (a, _) = affine.forward(x);
        let (z, _) = Relu.forward(a);
        x = z.into();
    }
    last.forward(x).0
}

/// The loss, and its gradient with respect to the parameters of each layer.
pub(super) fn loss_and_gradient<F: Float>(
    affines: &[&Affine<F>],
    x: &ArrayRef2<F>,
    t: &dyn Target,
) -> (F, Vec<Affine<F>>) {
    // Forward.
    let (last, hidden) = split_last(affines);
    let mut caches = Vec::new();
    let mut x = CowArray::from(x.view());
    for affine in hidden {
        let (a, affine) = affine.forward(x);
        let (z, relu) = Relu.forward(a);
        caches.push((affine, relu));
        x = z.into();
    }
    let (scores, mut affine) = last.forward(x);
    let (loss, softmax) = SoftmaxWithLoss.forward(scores, t);

    // Backward, in reverse; nobody needs the gradient of the input.
    let mut gradient = Vec::new();
    let mut dout = softmax.backward(F::one());
    for (below, relu) in caches.into_iter().rev() {
        let (dz, dw, db) = affine.backward(&dout);
        gradient.push(Affine::new(dw, db));
        dout = relu.backward(dz);
        affine = below;
    }
    let (dw, db) = affine.backward_parameters(&dout);
    gradient.push(Affine::new(dw, db));

    gradient.reverse();
    (loss, gradient)
}

fn split_last<'a, 'b, F>(
    affines: &'a [&'b Affine<F>],
) -> (&'b Affine<F>, &'a [&'b Affine<F>]) {
    let (last, hidden) = affines
        .split_last()
        .expect("Network: affines() is empty, at least one layer is needed");
    (last, hidden)
}
