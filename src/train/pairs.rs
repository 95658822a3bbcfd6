//! Each parameter with its gradient.

use ndarray::{ArrayViewD, ArrayViewMutD};

use crate::{Gradient, Network};

/// Calls `work` with the number of each parameter, its numbers, to be changed,
/// and those of its gradient, both in the order of their indices.
///
/// # Panics
///
/// If the gradient is of a network of other shapes.
pub(super) fn for_each_pair<N: Network>(
    who: &str,
    net: &mut N,
    gradient: &Gradient<N>,
    mut work: impl FnMut(usize, &mut [N::Float], &[N::Float]),
) {
    let (own, others) = (net.named(), gradient.named());
    for ((name, own), (_, other)) in own.iter().zip(&others) {
        assert!(
            own.shape() == other.shape(),
            "{who}: {name} has shape {:?}, its gradient {:?}",
            own.shape(),
            other.shape()
        );
    }
    assert!(
        own.len() == others.len(),
        "{who}: {} parameters, {} gradients",
        own.len(),
        others.len()
    );
    let pairs = net.named_mut().into_iter().zip(gradient.named());
    for (number, ((_, parameter), (_, gradient))) in pairs.enumerate() {
        pair(parameter, &gradient, |parameter, gradient| {
            work(number, parameter, gradient);
        });
    }
}

/// Contiguous numbers in their own memory, others in a copy.
fn pair<F: Clone>(
    mut parameter: ArrayViewMutD<'_, F>,
    gradient: &ArrayViewD<'_, F>,
    work: impl FnOnce(&mut [F], &[F]),
) {
    let gradient = gradient.as_standard_layout();
    let gradient = gradient.as_slice().expect("it is in standard layout");
    if let Some(parameter) = parameter.as_slice_mut() {
        work(parameter, gradient);
        return;
    }
    let mut copy = parameter.as_standard_layout().into_owned();
    let numbers = copy.as_slice_mut().expect("it is in standard layout");
    work(numbers, gradient);
    parameter.assign(&copy);
}
