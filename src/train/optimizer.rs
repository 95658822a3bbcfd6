//! What is done with a gradient.

use crate::{Dataset, Gradient, Network, Workspace};

/// A way downhill: how a network changes, given its gradient.
///
/// One of your own needs two methods:
///
/// ```
/// use backprop::{Gradient, Layers, Optimizer, TwoLayerNet};
///
/// /// Steps of one size, whatever the size of the gradient.
/// struct SignDescent {
///     learning_rate: f64,
/// }
///
/// impl Optimizer<TwoLayerNet<f64>> for SignDescent {
///     fn learning_rate(&self) -> f64 {
///         self.learning_rate
///     }
///
///     fn update(
///         &mut self,
///         net: &mut TwoLayerNet<f64>,
///         gradient: &Gradient<TwoLayerNet<f64>>,
///     ) {
///         let pairs = net.named_mut().into_iter().zip(gradient.named());
///         for ((_, mut parameter), (_, gradient)) in pairs {
///             let sign = |g: f64| if g == 0.0 { 0.0 } else { g.signum() };
///             let signs = gradient.mapv(sign);
///             parameter.scaled_add(-self.learning_rate, &signs);
///         }
///     }
/// }
/// ```
pub trait Optimizer<N: Network> {
    /// The factor by which its steps are scaled.
    fn learning_rate(&self) -> f64;

    /// Changes the network by one step.
    ///
    /// # Panics
    ///
    /// If the gradient is of a network of other shapes.
    fn update(&mut self, net: &mut N, gradient: &Gradient<N>);

    /// One step on the images of those indices: the gradient, then the update.
    /// Returns their mean loss before it.
    ///
    /// # Panics
    ///
    /// As [`Workspace::pass`]; the network has not changed then.
    fn step(
        &mut self,
        net: &mut N,
        workspace: &mut Workspace<N>,
        data: &Dataset,
        indices: &[usize],
    ) -> N::Float {
        let pass = workspace.pass(net, data, indices);
        let loss = pass.loss();
        self.update(net, pass.gradient(net));
        loss
    }
}

impl<N: Network, O: Optimizer<N> + ?Sized> Optimizer<N> for &mut O {
    fn learning_rate(&self) -> f64 {
        (**self).learning_rate()
    }

    fn update(&mut self, net: &mut N, gradient: &Gradient<N>) {
        (**self).update(net, gradient);
    }

    fn step(
        &mut self,
        net: &mut N,
        workspace: &mut Workspace<N>,
        data: &Dataset,
        indices: &[usize],
    ) -> N::Float {
        (**self).step(net, workspace, data, indices)
    }
}
