//! Each parameter with its gradient, and what an optimizer remembers of it.

use num_traits::Zero;

use crate::{Gradient, Network, kernels::in_order::in_order};

/// Calls `work` with the numbers of each parameter, to be changed, and those of
/// its gradient, both in the order of their indices.
///
/// # Panics
///
/// If the gradient is of a network of other shapes.
pub(super) fn for_each_pair<N: Network>(
    who: &str,
    net: &mut N,
    gradient: &Gradient<N>,
    mut work: impl FnMut(&mut [N::Float], &[N::Float]),
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
    for ((_, mut parameter), (_, gradient)) in pairs {
        let gradient = gradient.as_standard_layout();
        let gradient = gradient.as_slice().expect("it is in standard layout");
        in_order(&mut parameter, |parameter| work(parameter, gradient));
    }
}

/// A state for each parameter, of as many numbers: 0 before the first step.
///
/// # Panics
///
/// If there have been steps with a network of other shapes.
pub(super) fn prepare<N: Network>(
    who: &str,
    states: &mut Vec<Vec<N::Float>>,
    net: &N,
) {
    let named = net.named();
    let sizes = named.iter().map(|(_, parameter)| parameter.len());
    if states.is_empty() {
        *states = sizes.map(|size| vec![N::Float::zero(); size]).collect();
        return;
    }
    assert!(
        states.iter().map(Vec::len).eq(sizes),
        "{who}: the steps before were of a network of other shapes: take a \
         new optimizer for another network"
    );
}
