//! The network's arithmetic, from the layers: forward and backward.

use ndarray::{Array2, ArrayRef1, ArrayRef2, ArrayViewMut2, Axis};
use rayon::{
    iter::{ParallelBridge, ParallelIterator},
    slice::ParallelSlice,
};

use crate::{
    Dataset, Float, Gradient, Labels, Relu, SoftmaxWithLoss, Target,
    TwoLayerNet, dataset::CHUNK, gradient::parallel_differences,
    train::Workspace,
};

pub(crate) fn predict<F: Float>(
    net: &TwoLayerNet<F>,
    x: &ArrayRef2<F>,
) -> Array2<F> {
    if x.nrows() <= CHUNK {
        return scores(net, x);
    }
    let mut all = Array2::zeros((x.nrows(), net.affine2.weight.ncols()));
    x.axis_chunks_iter(Axis(0), CHUNK)
        .zip(all.axis_chunks_iter_mut(Axis(0), CHUNK))
        .par_bridge()
        .for_each(|(x, mut some)| some.assign(&scores(net, &x)));
    all
}

fn scores<F: Float>(net: &TwoLayerNet<F>, x: &ArrayRef2<F>) -> Array2<F> {
    let (hidden, _) = net.affine1.forward(x.view());
    let (hidden, _) = Relu.forward(hidden);
    let (scores, _) = net.affine2.forward(hidden);
    scores
}

/// What `look` finds in each chunk of the images: it is given their numbers
/// and their scores, which it may change.
pub(crate) fn look_at<F: Float, R: Send>(
    net: &TwoLayerNet<F>,
    data: &Dataset,
    look: impl Fn(&[usize], ArrayViewMut2<'_, F>) -> R + Sync,
) -> Vec<R> {
    let numbers: Vec<usize> = (0..data.len()).collect();
    numbers
        .par_chunks(CHUNK)
        .map_init(
            || Workspace::new(net.sizes(), CHUNK),
            |workspace, numbers| {
                look(numbers, workspace.scores(net, data, numbers))
            },
        )
        .collect()
}

pub(crate) fn classify_on<F: Float>(
    net: &TwoLayerNet<F>,
    data: &Dataset,
) -> Labels {
    let classes = look_at(net, data, |_, scores| classify(&scores));
    classes.iter().flat_map(Labels::as_slice).copied().collect()
}

pub(crate) fn loss_and_gradient<F: Float>(
    net: &TwoLayerNet<F>,
    x: &ArrayRef2<F>,
    t: &dyn Target,
) -> (F, Gradient<F>) {
    // Forward.
    let (hidden, affine1) = net.affine1.forward(x.view());
    let (hidden, relu) = Relu.forward(hidden);
    let (scores, affine2) = net.affine2.forward(hidden);
    let (loss, last) = SoftmaxWithLoss.forward(scores, t);

    // Backward, in reverse; nobody needs the gradient of the images.
    let dscores = last.backward(F::one());
    let (dhidden, w2, b2) = affine2.backward(&dscores);
    let dhidden = relu.backward(dhidden);
    let (w1, b1) = affine1.backward_parameters(&dhidden);

    (loss, Gradient { w1, b1, w2, b2 })
}

pub(crate) fn numerical_gradient<F: Float>(
    net: &TwoLayerNet<F>,
    x: &ArrayRef2<F>,
    t: &dyn Target,
    h: F,
) -> Gradient<F> {
    let loss =
        |net: &TwoLayerNet<F>| SoftmaxWithLoss.forward(predict(net, x), t).0;
    Gradient {
        w1: parallel_differences(net, |net| &mut net.affine1.weight, loss, h),
        b1: parallel_differences(net, |net| &mut net.affine1.bias, loss, h),
        w2: parallel_differences(net, |net| &mut net.affine2.weight, loss, h),
        b2: parallel_differences(net, |net| &mut net.affine2.bias, loss, h),
    }
}

pub(crate) fn classify<F: Float>(scores: &ArrayRef2<F>) -> Labels {
    let rows = scores.rows().into_iter().enumerate();
    rows.map(|(row, scores)| {
        let class = highest(&scores).unwrap_or_else(|| {
            panic!("classify: row {row} has no highest score: {scores}")
        });
        u8::try_from(class).expect("labels count at most 256 classes")
    })
    .collect()
}

pub(crate) fn count_right<F: Float>(
    scores: &ArrayRef2<F>,
    t: &dyn Target,
) -> usize {
    let rows = scores.rows().into_iter().enumerate();
    rows.filter(|(row, scores)| highest(scores) == Some(t.class(*row)))
        .count()
}

/// The position of the first highest score; none if there is a NaN.
fn highest<F: Float>(scores: &ArrayRef1<F>) -> Option<usize> {
    let maximum =
        scores.fold(
            F::neg_infinity(),
            |max, &score| {
                if score <= max { max } else { score }
            },
        );
    let has_nan = scores.iter().any(|score| score.is_nan());
    if has_nan {
        None
    } else {
        scores.iter().position(|&score| score == maximum)
    }
}
