//! Every layer and the whole network against finite differences, in `f64`.
//!
//! A layer's output is weighted by a random `dout` and summed; the gradient of
//! that sum by the layer's input or parameter is what `backward` must return
//! for that `dout`.

#![expect(clippy::float_cmp, reason = "zero is exact")]

use backprop::{
    AddLayer, Affine, ChaCha8Rng, Labels, Layers, MulLayer, MultiLayerNet,
    Network, OneHot, Relu, STEP, SeedableRng, Sigmoid, Sizes, SoftmaxWithLoss,
    Target, TwoLayerNet, digits, max_relative_error, numerical_gradient,
};
use ndarray::{Array, Array1, Array2, ArrayRef, Dimension, ShapeBuilder};
use rand::RngExt;

const LIMIT: f64 = 1e-7;
/// For deep networks with large weights, whose loss is more curved.
const SHORT_STEP: f64 = 1e-5;
const SEEDS: std::ops::Range<u64> = 0..20;
const BATCHES: [(usize, usize); 4] = [(1, 1), (1, 5), (3, 4), (7, 2)];

#[test]
fn mul_and_add() {
    for seed in SEEDS {
        let mut point = random(3, &mut rng(seed));
        let analytic = {
            let (product, mul) = MulLayer.forward(point[0], point[1]);
            let (_, add) = AddLayer.forward(product, point[2]);
            let (dproduct, dz) = add.backward(1.5);
            let (dx, dy) = mul.backward(dproduct);
            Array1::from_iter([dx, dy, dz])
        };
        let output = |p: &Array1<f64>| {
            let (product, _) = MulLayer.forward(p[0], p[1]);
            1.5 * AddLayer.forward(product, p[2]).0
        };
        agree(&analytic, &numerical_gradient(output, &mut point), seed);
    }
}

#[test]
fn relu_away_from_its_kink() {
    for (seed, shape) in cases() {
        let rng = &mut rng(seed);
        // What lies within a step of the kink is moved beyond it.
        let mut x = random(shape, rng).mapv(|x| x + 2.0 * STEP.copysign(x));
        let dout = random(shape, rng);
        let (_, cache) = Relu.forward(x.clone());
        let dx = cache.backward(dout.clone());
        let output =
            |x: &Array2<f64>| (&dout * &Relu.forward(x.clone()).0).sum();
        agree(&dx, &numerical_gradient(output, &mut x), seed);
    }
}

/// At the kink itself finite differences see half of each side; ReLU's mask
/// takes the closed one, as the notebook does.
#[test]
fn relu_at_its_kink() {
    let mut x = Array1::zeros(1);
    let (_, cache) = Relu.forward(x.clone());
    let dx = cache.backward(Array1::<f64>::ones(1));
    assert_eq!(dx[0], 0.0);
    let output = |x: &Array1<f64>| Relu.forward(x.clone()).0.sum();
    let slope = numerical_gradient(output, &mut x)[0];
    assert!((slope - 0.5).abs() < 1e-12);
}

#[test]
fn sigmoid() {
    for (seed, shape) in cases() {
        let rng = &mut rng(seed);
        let mut x = random(shape, rng) * 4.0;
        let dout = random(shape, rng);
        let (_, cache) = Sigmoid.forward(x.clone());
        let dx = cache.backward(dout.clone());
        let output =
            |x: &Array2<f64>| (&dout * &Sigmoid.forward(x.clone()).0).sum();
        agree(&dx, &numerical_gradient(output, &mut x), seed);
    }
}

#[test]
fn affine_of_a_batch() {
    for (seed, (rows, inputs)) in cases() {
        for outputs in [1, 3] {
            check_affine((rows, inputs), (rows, outputs), inputs, seed);
        }
    }
}

/// How an array lies in memory changes no gradient.
#[test]
fn affine_of_arrays_by_columns() {
    for (seed, (rows, inputs)) in cases() {
        for outputs in [1, 3] {
            let rng = &mut rng(seed);
            let x = random((rows, inputs), rng);
            let dout = random((rows, outputs), rng);
            let weight = random((inputs, outputs), rng);
            let bias = random(outputs, rng);
            let pass = |x: &Array2<f64>, weight: &Array2<f64>, dout| {
                let affine = Affine::new(weight.clone(), bias.clone());
                let (y, cache) = affine.forward(x.view());
                (y, cache.backward(dout))
            };
            let (y, (dx, dw, db)) = pass(&x, &weight, &dout);
            let (by_columns, gradients) =
                pass(&by_columns(&x), &by_columns(&weight), &by_columns(&dout));
            agree(&by_columns, &y, seed);
            agree(&gradients.0, &dx, seed);
            agree(&gradients.1, &dw, seed);
            agree(&gradients.2, &db, seed);
        }
    }
}

/// The same matrix, one column after the other in memory.
fn by_columns(matrix: &Array2<f64>) -> Array2<f64> {
    matrix.t().as_standard_layout().into_owned().reversed_axes()
}

/// Central differences of x^3 are h^2 more than its slope: no other h is used
/// where none is asked for.
#[test]
fn the_step_is_a_ten_thousandth() {
    let mut x = Array1::<f64>::ones(1);
    let slope = numerical_gradient(|x| x[0].powi(3), &mut x)[0];
    assert!((slope - 3.0 - 1e-8).abs() < 1e-10, "{slope}");

    let net = MultiLayerNet::<f64>::he_normal(&[2, 3, 2], &mut rng(1));
    let (x, t) = (random((2, 2), &mut rng(2)), Labels::from([0, 1]));
    let found = net.numerical_gradient(&x, &t);
    assert_eq!(found, net.numerical_gradient_with_step(&x, &t, STEP));
}

/// A small error is reported in its true size, not against the floor; that of
/// a tiny entry is not.
#[test]
fn a_relative_error_is_relative() {
    let tiny: f64 =
        max_relative_error(&Array1::zeros(1), &Array1::from_elem(1, 1e-6));
    assert!((tiny - 1e-3).abs() < 1e-12, "{tiny:e}");
    let error: f64 = max_relative_error(
        &Array1::from_elem(1, 1e-2),
        &Array1::from_elem(1, 1e-2 * (1.0 + 1e-5)),
    );
    assert!((error - 1e-5).abs() < 1e-9, "{error:e}");
}

#[test]
fn affine_of_one_sample() {
    for seed in SEEDS {
        check_affine(4, 3, 4, seed);
    }
}

#[test]
fn affine_of_a_batch_of_batches() {
    for seed in SEEDS {
        check_affine((2, 3, 4), (2, 3, 3), 4, seed);
    }
}

#[track_caller]
fn check_affine<D, Shape>(input: Shape, output: Shape, inputs: usize, seed: u64)
where
    D: Dimension,
    Shape: ShapeBuilder<Dim = D>,
{
    let rng = &mut rng(seed);
    let mut x = random(input, rng);
    let dout = random(output, rng);
    let outputs = dout.shape()[dout.ndim() - 1];
    let mut affine =
        Affine::new(random((inputs, outputs), rng), random(outputs, rng));

    let (_, cache) = affine.forward(x.view());
    let (dx, dw, db) = cache.backward(&dout);
    let (_, cache) = affine.forward(x.view());
    assert_eq!(cache.backward_parameters(&dout), (dw.clone(), db.clone()));

    let weigh = |affine: &Affine<f64>, x: &Array<f64, D>| {
        (&dout * &affine.forward(x.view()).0).sum()
    };
    let by_x = numerical_gradient(|x| weigh(&affine, x), &mut x);
    agree(&dx, &by_x, seed);
    let bias = affine.bias.clone();
    let by_weight = numerical_gradient(
        |weight| weigh(&Affine::new(weight.clone(), bias.clone()), &x),
        &mut affine.weight,
    );
    agree(&dw, &by_weight, seed);
    let weight = affine.weight.clone();
    let by_bias = numerical_gradient(
        |bias| weigh(&Affine::new(weight.clone(), bias.clone()), &x),
        &mut affine.bias,
    );
    agree(&db, &by_bias, seed);
}

#[test]
fn softmax_with_loss() {
    for (seed, shape) in cases() {
        let rng = &mut rng(seed);
        let mut x = random(shape, rng) * 3.0;
        let labels = random_labels(shape.0, shape.1, rng);
        let one_hot = OneHot::<f64>::from_labels(&labels, shape.1);
        let targets: [&dyn Target; 2] = [&labels, &one_hot];
        for t in targets {
            let (_, cache) = SoftmaxWithLoss.forward(x.clone(), t);
            let dx = cache.backward(1.5);
            let loss =
                |x: &Array2<f64>| 1.5 * SoftmaxWithLoss.forward(x.clone(), t).0;
            agree(&dx, &numerical_gradient(loss, &mut x), seed);
        }
    }
}

#[test]
fn small_networks() {
    let sizes = [(1, 1, 2), (4, 3, 3), (6, 10, 4)];
    for (input, hidden, output) in sizes {
        for rows in [1, 2, 5, 9] {
            for seed in SEEDS {
                let sizes = Sizes {
                    input,
                    hidden,
                    output,
                };
                let rng = &mut rng(seed);
                let (net, x) = away_from_the_kink(|| {
                    let net = TwoLayerNet::with_weight_std(sizes, 0.5, rng);
                    (net, random((rows, input), rng))
                });
                let t = random_labels(rows, output, rng);
                check_network(&net, &x, &t, STEP, seed);
            }
        }
    }
}

/// Networks of one to four layers.
#[test]
fn networks_of_any_depth() {
    let widths: [&[usize]; 4] =
        [&[4, 3], &[4, 5, 3], &[3, 6, 5, 4], &[5, 6, 4, 7, 3]];
    for widths in widths {
        let (input, classes) = (widths[0], widths[widths.len() - 1]);
        for rows in [1, 2, 5] {
            for seed in SEEDS {
                let rng = &mut rng(seed);
                let (net, x) = away_from_the_kinks(|| {
                    let net = MultiLayerNet::he_normal(widths, rng);
                    (net, random((rows, input), rng))
                });
                let t = random_labels(rows, classes, rng);
                check_network(&net, &x, &t, SHORT_STEP, seed);
            }
        }
    }
}

/// A network of a test's own: the names of its layers are its gradient's.
#[test]
fn a_network_of_ones_own() {
    #[derive(Clone)]
    struct ThreeLayerNet {
        affine1: Affine<f64>,
        affine2: Affine<f64>,
        affine3: Affine<f64>,
    }

    impl Layers for ThreeLayerNet {
        type Float = f64;

        fn affines(&self) -> Vec<&Affine<f64>> {
            vec![&self.affine1, &self.affine2, &self.affine3]
        }

        fn affines_mut(&mut self) -> Vec<&mut Affine<f64>> {
            vec![&mut self.affine1, &mut self.affine2, &mut self.affine3]
        }
    }

    let rng = &mut rng(1);
    let (net, x) = away_from_the_kinks(|| {
        let mut affine = |inputs, outputs| {
            Affine::new(random((inputs, outputs), rng), random(outputs, rng))
        };
        let net = ThreeLayerNet {
            affine1: affine(3, 4),
            affine2: affine(4, 5),
            affine3: affine(5, 2),
        };
        (net, random((3, 3), rng))
    });
    let t = Labels::from([0, 1, 1]);
    check_network(&net, &x, &t, SHORT_STEP, 1);
    let gradient = net.gradient(&x, &t);
    assert_eq!(gradient.affine3.weight.dim(), (5, 2));
    assert_eq!(gradient.get("b2").unwrap().shape(), [5]);
    assert_eq!(gradient.get("W4"), None);
}

/// All 39,760 parameters of the book's network, on three images.
#[test]
fn the_books_network() {
    let sizes = Sizes {
        input: 784,
        hidden: 50,
        output: 10,
    };
    let (x, t) = digits::dataset(3, 1).batch(&[0, 1, 2]);
    let rng = &mut rng(1);
    let (net, x) =
        away_from_the_kink(|| (TwoLayerNet::new(sizes, rng), x.clone()));
    assert_eq!(net.parameter_count(), 39_760);
    check_network(&net, &x, &t, STEP, 1);
}

#[track_caller]
fn check_network<N: Network<Float = f64>>(
    net: &N,
    x: &Array2<f64>,
    t: &Labels,
    step: f64,
    seed: u64,
) {
    let analytic = net.gradient(x, t);
    let numerical = net.numerical_gradient_with_step(x, t, step);
    for ((_, analytic), (_, numerical)) in
        analytic.named().iter().zip(numerical.named())
    {
        agree(analytic, &numerical, seed);
    }
}

/// Draws until no hidden unit can cross ReLU's kink while one parameter moves
/// by a step: a weight's step moves a unit of the first layer by at most the
/// step times the largest feature, a bias's by the step itself.
fn away_from_the_kink(
    mut draw: impl FnMut() -> (TwoLayerNet<f64>, Array2<f64>),
) -> (TwoLayerNet<f64>, Array2<f64>) {
    let mut drawn = (0..1000).map(|_| draw());
    let away = drawn.find(|(net, x)| {
        let largest = x.fold(1.0_f64, |largest, x| largest.max(x.abs()));
        let (units, _) = net.affine1.forward(x.view());
        units.iter().all(|unit| unit.abs() > 2.0 * STEP * largest)
    });
    away.expect("1000 draws in a row were at the kink")
}

/// The same for any depth: no unit of any hidden layer is near 0. In networks
/// as small as these, a step of 1e-4 moves none as far as 1e-2.
fn away_from_the_kinks<N: Network<Float = f64>>(
    mut draw: impl FnMut() -> (N, Array2<f64>),
) -> (N, Array2<f64>) {
    let mut drawn = (0..1000).map(|_| draw());
    let away = drawn.find(|(net, x)| {
        let mut z = x.clone();
        let affines = net.affines();
        let hidden = &affines[..affines.len() - 1];
        hidden.iter().all(|affine| {
            let (a, _) = affine.forward(z.view());
            let is_away = a.iter().all(|unit| unit.abs() > 1e-2);
            z = Relu.forward(a).0;
            is_away
        })
    });
    away.expect("1000 draws in a row were at a kink")
}

fn cases() -> impl Iterator<Item = (u64, (usize, usize))> {
    SEEDS.flat_map(|seed| BATCHES.map(|shape| (seed, shape)))
}

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn random<Shape: ShapeBuilder>(
    shape: Shape,
    rng: &mut ChaCha8Rng,
) -> Array<f64, Shape::Dim> {
    Array::from_shape_simple_fn(shape, || rng.random_range(-1.0..1.0))
}

fn random_labels(rows: usize, classes: usize, rng: &mut ChaCha8Rng) -> Labels {
    let classes = u8::try_from(classes).expect("a few classes");
    (0..rows).map(|_| rng.random_range(0..classes)).collect()
}

#[track_caller]
fn agree<D: Dimension>(
    analytic: &ArrayRef<f64, D>,
    numerical: &ArrayRef<f64, D>,
    seed: u64,
) {
    let error = max_relative_error(analytic, numerical);
    assert!(
        error <= LIMIT,
        "seed {seed}: relative error {error:.1e}\n\
         backward:\n{analytic}\nfinite differences:\n{numerical}"
    );
}
