//! The network's arithmetic, from the layers: forward and backward.

use ndarray::{Array2, ArrayRef1, ArrayRef2, ArrayViewMut2, Axis};
use rayon::{
    iter::{ParallelBridge, ParallelIterator},
    slice::ParallelSlice,
};

use crate::{
    Dataset, Float, Gradient, Labels, Relu, SoftmaxWithLoss, Target,
    TwoLayerNet, data::dataset::CHUNK, gradient::parallel_differences, target,
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

pub(crate) fn accuracy_on<F: Float>(
    net: &TwoLayerNet<F>,
    data: &Dataset,
) -> f64 {
    assert!(!data.is_empty(), "accuracy: 0 images have no accuracy");
    let right: usize = look_at(net, data, |numbers, scores| {
        count_right(&scores, &labels(data, numbers, &scores))
    })
    .iter()
    .sum();
    right as f64 / data.len() as f64
}

/// The labels of the images of those numbers, after a check that the scores
/// have a column for each.
pub(crate) fn labels<F: Float>(
    data: &Dataset,
    numbers: &[usize],
    scores: &ArrayRef2<F>,
) -> Labels {
    let labels = numbers.iter().map(|&number| data.labels[number]).collect();
    target::check("accuracy", &labels, numbers.len(), scores.ncols());
    labels
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
    let mut scores = scores.iter().enumerate();
    let (mut class, &(mut maximum)) = scores.next()?;
    let mut has_nan = maximum.is_nan();
    for (other, &score) in scores {
        // Choices of two values, for which there are instructions.
        let higher = score > maximum;
        class = if higher { other } else { class };
        maximum = if higher { score } else { maximum };
        has_nan |= score.is_nan();
    }
    (!has_nan).then_some(class)
}
