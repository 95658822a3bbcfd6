//! Optimizers against the original book's program, and their step in a
//! workspace against a gradient followed by an update.

use backprop::{
    Adam, Affine, ChaCha8Rng, Dataset, Gradient, Labels, Layers, Length,
    Momentum, MultiLayerNet, Network, Optimizer, Plan, Sampling, SeedableRng,
    Sgd, TrainError, Workspace, digits, train,
};
use ndarray::{Array1, Array2, ShapeBuilder, array};

type Net = MultiLayerNet<f64>;

/// A network of two weights and a bias.
fn one_layer(weight: [f64; 2], bias: f64) -> Net {
    let weight = Array2::from_shape_vec((2, 1), weight.to_vec()).unwrap();
    MultiLayerNet {
        affines: vec![Affine::new(weight, array![bias])],
    }
}

/// Three steps with given gradients. The numbers are those of the classes of
/// the original book's `common/optimizer.py` on
/// `params = {'W': np.array([1.0, 2.0]), 'b': np.array([3.0])}`.
#[track_caller]
fn follows(mut optimizer: impl Optimizer<Net>, expected: [[f64; 3]; 3]) {
    let gradients = [
        ([0.5, -1.0], 0.25),
        ([0.25, -2.0], -0.5),
        ([-1.0, 0.0], 0.125),
    ];
    let mut net = one_layer([1.0, 2.0], 3.0);
    for ((weight, bias), expected) in gradients.into_iter().zip(expected) {
        let gradient = Gradient::from(one_layer(weight, bias));
        optimizer.update(&mut net, &gradient);
        let [affine] = net.affines.as_slice() else {
            panic!("{net:?}")
        };
        let numbers = affine.weight.iter().chain(&affine.bias);
        for (found, expected) in numbers.zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
    }
}

#[test]
fn sgd_is_the_originals() {
    follows(
        Sgd { learning_rate: 0.1 },
        [
            [0.95, 2.1, 2.975],
            [0.924_999_999_999_999_9, 2.300_000_000_000_000_3, 3.025],
            [1.025, 2.300_000_000_000_000_3, 3.012_499_999_999_999_7],
        ],
    );
}

/// Lent, as an optimizer is that is to take more steps later.
#[test]
fn momentum_is_the_originals() {
    follows(
        &mut Momentum::new(0.1, 0.9),
        [
            [0.95, 2.1, 2.975],
            [0.879_999_999_999_999_9, 2.39, 3.0025],
            [0.916_999_999_999_999_9, 2.651_000_000_000_000_2, 3.01475],
        ],
    );
}

#[test]
fn adam_is_the_originals() {
    follows(
        Adam::new(0.1),
        [
            [
                0.900_000_632_451_532_1,
                2.099_999_683_773_234,
                2.900_001_264_895_064,
            ],
            [
                0.806_783_196_098_896_4,
                2.196_517_749_844_601,
                2.936_611_410_479_678,
            ],
            [
                0.827_418_841_846_741,
                2.271_126_494_604_415_4,
                2.950_280_401_281_612,
            ],
        ],
    );
}

fn net(seed: u64) -> Net {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    MultiLayerNet::he_normal(&[784, 20, 10], rng)
}

/// A step in a workspace is a gradient, then an update.
#[track_caller]
fn step_is_gradient_and_update<O: Optimizer<Net> + Clone>(optimizer: &O) {
    let data = digits::dataset(40, 1);
    let indices: Vec<usize> = (0..40).collect();
    let (x, t) = data.batch(&indices);
    let (mut in_place, mut plain) = (net(1), net(1));
    let (mut one, mut other) = (optimizer.clone(), optimizer.clone());
    let mut workspace = Workspace::new(&in_place, 40);
    for _ in 0..4 {
        let loss = one.step(&mut in_place, &mut workspace, &data, &indices);
        let (expected, gradient) = plain.loss_and_gradient(&x, &t);
        other.update(&mut plain, &gradient);
        assert!((loss - expected).abs() < 1e-12, "{loss} {expected}");
    }
    for ((name, one), (_, other)) in in_place.named().iter().zip(plain.named())
    {
        let apart = (one - &other).fold(0.0_f64, |m, d| m.max(d.abs()));
        // Adam divides by the gradient's size: where that is near 0, so is
        // the rounding that it divides.
        assert!(apart < 1e-6, "{name}: {apart:e}");
    }
}

#[test]
fn sgd_steps() {
    step_is_gradient_and_update(&Sgd { learning_rate: 0.1 });
}

#[test]
fn momentum_steps() {
    step_is_gradient_and_update(&Momentum::new(0.05, 0.9));
}

#[test]
fn adam_steps() {
    step_is_gradient_and_update(&Adam::new(0.001));
}

/// Steps of one size against the sign of the gradient.
#[derive(Clone)]
struct SignDescent(f64);

impl<N: Network<Float = f64>> Optimizer<N> for SignDescent {
    fn learning_rate(&self) -> f64 {
        self.0
    }

    fn update(&mut self, net: &mut N, gradient: &Gradient<N>) {
        let pairs = net.named_mut().into_iter().zip(gradient.named());
        for ((_, mut parameter), (_, gradient)) in pairs {
            parameter.scaled_add(-self.0, &gradient.mapv(f64::signum));
        }
    }
}

#[test]
fn all_of_them_learn() {
    let (learn, test) = (digits::dataset(2000, 1), digits::dataset(500, 2));
    let accuracy = |optimizer: &mut (dyn Optimizer<Net> + Send)| {
        let plan = plan(Length::Epochs(4));
        let history =
            train(&mut net(1), optimizer, &learn, &test, &plan).unwrap();
        history.epochs.last().unwrap().test_accuracy
    };
    for (name, found) in [
        ("SGD", accuracy(&mut Sgd { learning_rate: 0.1 })),
        ("momentum", accuracy(&mut Momentum::new(0.02, 0.9))),
        ("Adam", accuracy(&mut Adam::new(0.002))),
        ("signs", accuracy(&mut SignDescent(0.001))),
    ] {
        assert!((0.8..1.0).contains(&found), "{name}: {found}");
    }
}

/// Steps with one optimizer, as it is or lent, are one after the other; a new
/// one begins again.
#[test]
fn an_optimizer_remembers() {
    let data = digits::dataset(50, 1);
    let indices: Vec<usize> = (0..50).collect();
    let steps = |net: &mut Net, adam: &mut Adam<f64>, count| {
        let mut workspace = Workspace::new(net, 50);
        for _ in 0..count {
            adam.step(net, &mut workspace, &data, &indices);
        }
    };
    let [mut whole, mut kept, mut fresh] = [net(1), net(1), net(1)];
    steps(&mut whole, &mut Adam::new(0.001), 4);
    let mut adam = Adam::new(0.001);
    steps(&mut kept, &mut adam, 2);
    steps(&mut kept, &mut adam, 2);
    steps(&mut fresh, &mut Adam::new(0.001), 2);
    steps(&mut fresh, &mut Adam::new(0.001), 2);
    assert_eq!(kept, whole);
    assert_ne!(fresh, whole);
}

/// A step of one's own is the one that is taken, also of an optimizer lent.
#[test]
fn a_lent_optimizer_takes_its_own_steps() {
    struct Counting(usize);

    impl Optimizer<Net> for Counting {
        fn learning_rate(&self) -> f64 {
            1.0
        }

        fn update(&mut self, _: &mut Net, _: &Gradient<Net>) {}

        fn step(
            &mut self,
            net: &mut Net,
            workspace: &mut Workspace<Net>,
            data: &Dataset,
            indices: &[usize],
        ) -> f64 {
            self.0 += 1;
            workspace.pass(net, data, indices).loss()
        }
    }

    let data = digits::dataset(100, 1);
    let mut counting = Counting(0);
    let plan = plan(Length::Steps(7));
    train(&mut net(1), &mut counting, &data, &data, &plan).unwrap();
    assert_eq!(counting.0, 7);
}

#[test]
fn an_optimizer_names_its_learning_rate() {
    let rates: [&dyn Optimizer<Net>; 4] = [
        &Sgd { learning_rate: 0.3 },
        &Momentum::new(0.3, 0.9),
        &Adam::new(0.3),
        &&mut Adam::new(0.3),
    ];
    for optimizer in rates {
        let rate = optimizer.learning_rate();
        assert!((rate - 0.3).abs() < 1e-15, "{rate}");
    }
}

/// The learning rate that is named is the one of the step that failed.
#[test]
fn a_rate_that_grows_is_named_as_it_was() {
    struct Growing(f64);

    impl Optimizer<Net> for Growing {
        fn learning_rate(&self) -> f64 {
            self.0
        }

        fn update(&mut self, net: &mut Net, gradient: &Gradient<Net>) {
            Sgd {
                learning_rate: self.0,
            }
            .update(net, gradient);
            self.0 *= 1e30;
        }
    }

    let data = digits::dataset(100, 1);
    let plan = plan(Length::Steps(50));
    let error = train(&mut net(1), Growing(1e-3), &data, &data, &plan);
    let TrainError::Diverged { learning_rate, .. } = error.unwrap_err() else {
        panic!("it must diverge");
    };
    assert!(learning_rate > 1e20, "{learning_rate:e}");
}

#[test]
#[should_panic(expected = "take a new optimizer for another network")]
fn another_network_needs_another_optimizer() {
    let mut momentum = Momentum::new(0.1, 0.9);
    let mut small = one_layer([1.0, 2.0], 3.0);
    let gradient = Gradient::zeros_like(&small);
    momentum.update(&mut small, &gradient);
    let mut large = net(1);
    let gradient = Gradient::from(net(2));
    momentum.update(&mut large, &gradient);
}

#[test]
#[should_panic(expected = "W1 has shape [784, 20], its gradient [2, 1]")]
fn a_gradient_of_another_network() {
    let gradient = Gradient::from(one_layer([1.0, 2.0], 3.0));
    Adam::new(0.1).update(&mut net(1), &gradient);
}

/// Parameters that are not contiguous change all the same.
#[track_caller]
fn changes_any_memory_order<O: Optimizer<Net> + Clone>(optimizer: &O) {
    let [mut by_rows, mut by_columns] = [net(1), net(1)];
    for affine in &mut by_columns.affines {
        let mut weight = Array2::zeros(affine.weight.raw_dim().f());
        weight.assign(&affine.weight);
        affine.weight = weight;
        affine.bias = Array1::from_iter(affine.bias.iter().rev().copied());
        affine.bias.invert_axis(ndarray::Axis(0));
    }
    for net in [&mut by_rows, &mut by_columns] {
        optimizer.clone().update(net, &self::net(2).into());
    }
    assert_eq!(by_columns, by_rows);
}

#[test]
fn parameters_in_any_memory_order() {
    changes_any_memory_order(&Sgd { learning_rate: 0.1 });
    changes_any_memory_order(&Momentum::new(0.1, 0.9));
    changes_any_memory_order(&Adam::new(0.1));
}

/// Any number of inputs, not only an image's 784.
#[test]
fn data_of_any_width() {
    for width in [1, 2, 3, 7, 100] {
        let images = Array2::from_shape_fn((60, width), |(n, i)| {
            u8::try_from((n % 2) * 200 + i % 50).unwrap()
        });
        let labels: Labels = (0..60).map(|n| n % 2).collect();
        let data = Dataset::new(images, labels);
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        let mut net = Net::he_normal(&[width, 8, 2], rng);
        let plan = Plan {
            batch_size: 20,
            ..plan(Length::Epochs(100))
        };
        let sgd = Sgd { learning_rate: 0.5 };
        let history = train(&mut net, sgd, &data, &data, &plan).unwrap();
        let last = history.epochs.last().unwrap();
        assert!(last.test_accuracy > 0.99, "{width}: {last:?}");
    }
}

fn plan(length: Length) -> Plan {
    Plan {
        batch_size: 50,
        length,
        sampling: Sampling::Shuffled,
        seed: 1,
    }
}
