//! How well a network does on a whole data set.

use ndarray::{ArrayRef2, ArrayViewMut2};
use num_traits::Zero;
use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;

use super::{layers::Layers, passes::CHUNK, workspace::Workspace};
use crate::{
    Dataset, Float, Labels, SoftmaxWithLoss, Target, kernels::Kernels, target,
};

/// The mean loss and the accuracy over a whole data set.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// The mean loss.
    pub loss: f64,
    /// The fraction of the images that were right.
    pub accuracy: f64,
}

pub(super) fn evaluate<N: Layers>(net: &N, dataset: &Dataset) -> Evaluation {
    check("evaluate", net, dataset);
    let chunks = in_chunks(net, dataset, |indices, mut scores| {
        let labels = dataset.labels_of(indices);
        let correct = count_correct(&N::Float::argmax(&scores), &labels);
        let mut losses = vec![N::Float::zero(); indices.len()];
        let labels = labels.as_slice();
        SoftmaxWithLoss.forward_in_place(&mut scores, labels, &mut losses);
        (correct, N::Float::sum(&losses).into())
    });
    let correct: usize = chunks.iter().map(|(correct, _)| correct).sum();
    let loss: f64 = chunks.iter().map(|(_, loss)| loss).sum();
    let images = dataset.len() as f64;
    Evaluation {
        loss: loss / images,
        accuracy: correct as f64 / images,
    }
}

pub(super) fn accuracy<N: Layers>(net: &N, dataset: &Dataset) -> f64 {
    check("accuracy_on", net, dataset);
    let correct: usize = in_chunks(net, dataset, |indices, scores| {
        let labels = dataset.labels_of(indices);
        count_correct(&N::Float::argmax(&scores), &labels)
    })
    .iter()
    .sum();
    correct as f64 / dataset.len() as f64
}

pub(super) fn classify<N: Layers>(net: &N, dataset: &Dataset) -> Labels {
    let chunks = in_chunks(net, dataset, |_, scores| classes(&scores));
    chunks.iter().flat_map(Labels::as_slice).copied().collect()
}

/// The results of `work` for each chunk of the images, which is given their
/// indices and their scores.
fn in_chunks<N: Layers, R: Send>(
    net: &N,
    dataset: &Dataset,
    work: impl Fn(&[usize], ArrayViewMut2<'_, N::Float>) -> R + Sync,
) -> Vec<R> {
    let indices: Vec<usize> = (0..dataset.len()).collect();
    // One workspace a thread: to make one takes time.
    let chunks = dataset.len().div_ceil(CHUNK);
    let chunks = chunks.div_ceil(rayon::current_num_threads()).max(1);
    indices
        .par_chunks(chunks * CHUNK)
        .flat_map_iter(|indices| {
            let mut workspace = Workspace::new(net, CHUNK);
            let of_chunk = |indices| {
                work(indices, workspace.predict(net, dataset, indices))
            };
            indices.chunks(CHUNK).map(of_chunk).collect::<Vec<_>>()
        })
        .collect()
}

/// That there are images, each with a label that has a column.
fn check<N: Layers>(who: &str, net: &N, dataset: &Dataset) {
    assert!(!dataset.is_empty(), "{who}: there are no images");
    let classes = net.widths().pop().unwrap_or(0);
    target::check(who, &dataset.labels, dataset.len(), classes);
}

/// The index of each row's highest score.
pub(super) fn classes<F: Float>(scores: &ArrayRef2<F>) -> Labels {
    let classes = F::argmax(scores).into_iter().enumerate();
    classes
        .map(|(row, class)| {
            let class = class.unwrap_or_else(|| {
                let scores = scores.row(row);
                panic!("classify: row {row} has no highest score: {scores}")
            });
            u8::try_from(class).unwrap_or_else(|_| {
                panic!("classify: class {class} does not fit a label")
            })
        })
        .collect()
}

/// How many rows have their highest score at the right class.
pub(super) fn count_correct(
    highest: &[Option<usize>],
    t: &dyn Target,
) -> usize {
    let rows = highest.iter().enumerate();
    rows.filter(|(row, highest)| **highest == Some(t.class(*row)))
        .count()
}
