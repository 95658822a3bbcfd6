//! The network's arithmetic, from the layers: forward and backward.

use ndarray::{Array2, ArrayRef1, ArrayRef2};

use crate::{
    Float, Gradient, Labels, Relu, SoftmaxWithLoss, Target, TwoLayerNet,
    gradient::central_differences,
};

pub(crate) fn predict<F: Float>(
    net: &TwoLayerNet<F>,
    x: &ArrayRef2<F>,
) -> Array2<F> {
    let (hidden, _) = net.affine1.forward(x.view());
    let (hidden, _) = Relu.forward(hidden);
    let (scores, _) = net.affine2.forward(hidden);
    scores
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
    let net = &mut net.clone();
    let loss =
        |net: &TwoLayerNet<F>| SoftmaxWithLoss.forward(predict(net, x), t).0;
    Gradient {
        w1: central_differences(net, |net| &mut net.affine1.weight, loss, h),
        b1: central_differences(net, |net| &mut net.affine1.bias, loss, h),
        w2: central_differences(net, |net| &mut net.affine2.weight, loss, h),
        b2: central_differences(net, |net| &mut net.affine2.bias, loss, h),
    }
}

pub(crate) fn classify<F: Float>(scores: &Array2<F>) -> Labels {
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
    scores: &Array2<F>,
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
