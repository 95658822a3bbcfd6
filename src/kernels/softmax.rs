//! Softmax and cross-entropy, row by row.

use ndarray::ArrayRef2;

use super::{exp::exp_in_place, in_order::in_order, number::Number};

/// Each row is shifted by its maximum, so that no exponential can overflow:
/// the loss is log(sum(exp(x - max))) - (x of the label - max), which is
/// finite where a probability rounds to 0.
pub(super) fn forward<F: Number>(
    scores: &mut ArrayRef2<F>,
    labels: &[u8],
    losses: &mut [F],
) {
    let classes = scores.ncols();
    in_order(scores, |scores| {
        forward_rows(scores, classes, labels, losses);
    });
}

fn forward_rows<F: Number>(
    scores: &mut [F],
    classes: usize,
    labels: &[u8],
    losses: &mut [F],
) {
    let rows = scores.chunks_exact_mut(classes).zip(&mut *losses);
    for ((scores, loss), &label) in rows.zip(labels) {
        let maximum =
            scores.iter().fold(F::neg_infinity(), |maximum, &score| {
                if score > maximum { score } else { maximum }
            });
        for score in &mut *scores {
            *score -= maximum;
        }
        *loss = -scores[usize::from(label)];
    }
    exp_in_place(scores);
    for (scores, loss) in scores.chunks_exact_mut(classes).zip(losses) {
        let sum: F = scores.iter().copied().sum();
        *loss += sum.ln();
        let scale = sum.recip();
        for score in &mut *scores {
            *score *= scale;
        }
    }
}

pub(super) fn backward<F: Number>(
    y: &mut ArrayRef2<F>,
    labels: &[u8],
    batch_size: F,
) {
    let classes = y.ncols();
    let scale = batch_size.recip();
    in_order(y, |y| {
        for (y, &label) in y.chunks_exact_mut(classes).zip(labels) {
            let correct = &mut y[usize::from(label)];
            *correct -= F::one();
            for y in y {
                *y *= scale;
            }
        }
    });
}
