//! Why an unoptimised caller gets optimised arithmetic.
//!
//! A generic function is compiled where it is used, with the user's settings.
//! Cells of the book and tests are compiled without optimisation, which makes
//! a training loop about seven times slower. The functions below are not
//! generic once `Self` is `f32` or `f64`: they are compiled here, with this
//! crate's settings, and public methods hand their heavy work to them. As the
//! trait cannot be named outside of this crate, it also seals [`Float`].
//!
//! [`Float`]: crate::Float

use ndarray::{Array2, ArrayRef2};
use rand::Rng;

use crate::{
    Affine, Labels,
    data::dataset::{self, Dataset},
    network::{self, Gradient, TwoLayerNet, passes},
    product,
    target::Target,
    train::{self, History, Plan, Sgd, TrainError, Workspace, workspace},
};

pub trait Compiled: Sized {
    fn floats(images: &Array2<u8>, rows: &[usize]) -> Array2<Self>;

    fn add_product(
        scale: Self,
        a: &ArrayRef2<Self>,
        b: &ArrayRef2<Self>,
        into: &mut ArrayRef2<Self>,
        parts: usize,
    );

    fn normal_affine(
        inputs: usize,
        outputs: usize,
        std: f64,
        rng: &mut dyn Rng,
    ) -> Affine<Self>;

    fn predict(net: &TwoLayerNet<Self>, x: &ArrayRef2<Self>) -> Array2<Self>;

    fn loss_and_gradient(
        net: &TwoLayerNet<Self>,
        x: &ArrayRef2<Self>,
        t: &dyn Target,
    ) -> (Self, Gradient<Self>);

    fn numerical_gradient(
        net: &TwoLayerNet<Self>,
        x: &ArrayRef2<Self>,
        t: &dyn Target,
        step: Self,
    ) -> Gradient<Self>;

    fn update(sgd: Sgd, net: &mut TwoLayerNet<Self>, by: &Gradient<Self>);

    fn step(
        workspace: &mut Workspace<Self>,
        net: &mut TwoLayerNet<Self>,
        sgd: Sgd,
        data: &Dataset,
        numbers: &[usize],
    ) -> Self;

    fn accuracy_on(net: &TwoLayerNet<Self>, data: &Dataset) -> f64;

    fn classify_on(net: &TwoLayerNet<Self>, data: &Dataset) -> Labels;

    fn train(
        net: &mut TwoLayerNet<Self>,
        sgd: Sgd,
        train: &Dataset,
        test: &Dataset,
        plan: &Plan,
    ) -> Result<History, TrainError>;
}

macro_rules! compile {
    ($($float:ty)*) => {$(
        impl Compiled for $float {
            fn floats(images: &Array2<u8>, rows: &[usize]) -> Array2<Self> {
                dataset::floats(images, rows)
            }

            fn add_product(
                scale: Self,
                a: &ArrayRef2<Self>,
                b: &ArrayRef2<Self>,
                into: &mut ArrayRef2<Self>,
                parts: usize,
            ) {
                product::add(scale, a, b, into, parts);
            }

            fn normal_affine(
                inputs: usize,
                outputs: usize,
                std: f64,
                rng: &mut dyn Rng,
            ) -> Affine<Self> {
                network::normal_affine(inputs, outputs, std, rng)
            }

            fn predict(
                net: &TwoLayerNet<Self>,
                x: &ArrayRef2<Self>,
            ) -> Array2<Self> {
                passes::predict(net, x)
            }

            fn loss_and_gradient(
                net: &TwoLayerNet<Self>,
                x: &ArrayRef2<Self>,
                t: &dyn Target,
            ) -> (Self, Gradient<Self>) {
                passes::loss_and_gradient(net, x, t)
            }

            fn numerical_gradient(
                net: &TwoLayerNet<Self>,
                x: &ArrayRef2<Self>,
                t: &dyn Target,
                step: Self,
            ) -> Gradient<Self> {
                passes::numerical_gradient(net, x, t, step)
            }

            fn update(
                sgd: Sgd,
                net: &mut TwoLayerNet<Self>,
                by: &Gradient<Self>,
            ) {
                train::descend(sgd, net, by);
            }

            fn step(
                workspace: &mut Workspace<Self>,
                net: &mut TwoLayerNet<Self>,
                sgd: Sgd,
                data: &Dataset,
                numbers: &[usize],
            ) -> Self {
                workspace::step(workspace, net, sgd, data, numbers)
            }

            fn accuracy_on(net: &TwoLayerNet<Self>, data: &Dataset) -> f64 {
                passes::accuracy_on(net, data)
            }

            fn classify_on(net: &TwoLayerNet<Self>, data: &Dataset) -> Labels {
                passes::classify_on(net, data)
            }

            fn train(
                net: &mut TwoLayerNet<Self>,
                sgd: Sgd,
                train: &Dataset,
                test: &Dataset,
                plan: &Plan,
            ) -> Result<History, TrainError> {
                train::run(net, sgd, train, test, plan)
            }
        }
    )*};
}

compile! { f32 f64 }
