//! Learning: gradient descent on batches, with a record of how it went.

mod adam;
mod batches;
mod momentum;
mod optimizer;
mod pairs;
mod plan;
mod sgd;

use thiserror::Error;

use crate::{Dataset, Network, Workspace};
pub use adam::Adam;
use batches::Batches;
pub use momentum::Momentum;
pub use optimizer::Optimizer;
pub use plan::{Length, Plan, Sampling};
pub use sgd::Sgd;

/// How a training went.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct History {
    /// The loss of each step's batch, before the step was taken.
    pub losses: Vec<f64>,
    /// A record at the start of each epoch, and one at the end.
    pub epochs: Vec<EpochRecord>,
}

/// How well a network did at one point of its training.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct EpochRecord {
    /// How many epochs were complete.
    pub epoch: usize,
    /// How many steps were taken: 0 in the first record.
    pub step: usize,
    /// The mean loss over the whole training set.
    pub loss: f64,
    /// The fraction of the training set that was right.
    pub train_accuracy: f64,
    /// The fraction of the test set that was right.
    pub test_accuracy: f64,
}

/// What [`train_with`] tells of a training while it goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// The network was evaluated: at the start of each epoch, and at the end.
    Evaluated(EpochRecord),
    /// A step was taken.
    Step {
        /// How many were taken by now.
        step: usize,
        /// How many there will be in all.
        steps: usize,
        /// The loss of the step's batch, before the step was taken.
        loss: f64,
    },
}

/// Why a training cannot start or go on.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum TrainError {
    /// There is nothing to learn from, or nothing to test on.
    #[error("the {0} set has no images")]
    Empty(&'static str),
    /// A batch of no images has no gradient.
    #[error("the plan's batch_size is 0; at least 1 is needed")]
    EmptyBatch,
    /// A shuffled set cannot fill even one batch.
    #[error(
        "the plan's batch_size is {batch_size}, but the training set has \
         {images} images: take a smaller batch, or Sampling::WithReplacement"
    )]
    BatchTooLarge {
        /// The plan's batch size.
        batch_size: usize,
        /// The number of images in the training set.
        images: usize,
    },
    /// The loss is not a number any more, or infinite.
    #[error(
        "the loss is {loss} at step {steps} with learning rate \
         {learning_rate:?}: take a smaller learning rate, or smaller weights \
         at the start"
    )]
    Diverged {
        /// The loss that was met.
        loss: f64,
        /// How many steps had been taken.
        steps: usize,
        /// The learning rate that they were taken with.
        learning_rate: f64,
    },
}

/// Trains the network on `train` by the plan, and evaluates it on both sets at
/// the start of each epoch and at the end.
///
/// The same network, optimizer, data and plan give the same result on every
/// run. After an error the network is as the last step left it.
///
/// # Errors
///
/// If one of the sets is empty, if the batch size is 0 or (for
/// [`Sampling::Shuffled`]) larger than the training set, or if the loss becomes
/// NaN or infinite.
///
/// # Panics
///
/// If the images or labels do not fit the network.
///
/// ```
/// use backprop::{
///     ChaCha8Rng, Length, Plan, Sampling, SeedableRng, Sgd, Sizes, TwoLayerNet,
///     digits, train,
/// };
///
/// let sizes = Sizes { input: 784, hidden: 20, output: 10 };
/// let mut rng = ChaCha8Rng::seed_from_u64(1);
/// let mut net = TwoLayerNet::<f32>::he_normal(sizes, &mut rng);
/// let plan = Plan {
///     batch_size: 50,
///     length: Length::Epochs(2),
///     sampling: Sampling::Shuffled,
///     seed: 1,
/// };
/// let (learn, test) = (digits::dataset(1000, 1), digits::dataset(200, 2));
/// let history =
///     train(&mut net, Sgd { learning_rate: 0.1 }, &learn, &test, &plan)?;
/// assert_eq!(history.losses.len(), 40);
/// assert!(history.epochs[2].test_accuracy > history.epochs[0].test_accuracy);
/// # Ok::<(), backprop::TrainError>(())
/// ```
pub fn train<N: Network>(
    net: &mut N,
    optimizer: impl Optimizer<N> + Send,
    train: &Dataset,
    test: &Dataset,
    plan: &Plan,
) -> Result<History, TrainError> {
    train_with(net, optimizer, train, test, plan, |_| {})
}

/// As [`train`](train()), and calls `watch` whenever there is something new:
/// to show rows of a table as they come, or how far the training is.
///
/// The training waits for `watch`, which is called after each step.
///
/// # Errors
///
/// As [`train`](train()).
///
/// # Panics
///
/// As [`train`](train()).
///
/// ```
/// use backprop::{
///     ChaCha8Rng, Length, Plan, Progress, Sampling, SeedableRng, Sgd, Sizes,
///     TwoLayerNet, digits, train_with,
/// };
///
/// let sizes = Sizes { input: 784, hidden: 20, output: 10 };
/// let mut rng = ChaCha8Rng::seed_from_u64(1);
/// let mut net = TwoLayerNet::<f32>::he_normal(sizes, &mut rng);
/// let plan = Plan {
///     batch_size: 50,
///     length: Length::Epochs(2),
///     sampling: Sampling::Shuffled,
///     seed: 1,
/// };
/// let (learn, test) = (digits::dataset(1000, 1), digits::dataset(200, 2));
/// let sgd = Sgd { learning_rate: 0.1 };
/// let mut rows = 0;
/// train_with(&mut net, sgd, &learn, &test, &plan, |progress| {
///     if let Progress::Evaluated(record) = progress {
///         println!("{:5} {:.4}", record.epoch, record.test_accuracy);
///         rows += 1;
///     }
/// })?;
/// assert_eq!(rows, 3);
/// # Ok::<(), backprop::TrainError>(())
/// ```
pub fn train_with<N: Network>(
    net: &mut N,
    optimizer: impl Optimizer<N> + Send,
    train: &Dataset,
    test: &Dataset,
    plan: &Plan,
    watch: impl FnMut(Progress) + Send,
) -> Result<History, TrainError> {
    check(train, test, plan)?;
    // Into the pool of threads once, not in each step.
    rayon::scope(|_| take_steps(net, optimizer, train, test, plan, watch))
}

fn take_steps<N: Network>(
    net: &mut N,
    mut optimizer: impl Optimizer<N>,
    train: &Dataset,
    test: &Dataset,
    plan: &Plan,
    mut watch: impl FnMut(Progress),
) -> Result<History, TrainError> {
    let steps_per_epoch = plan.steps_per_epoch(train.len());
    let steps = match plan.length {
        Length::Steps(steps) => steps,
        Length::Epochs(epochs) => epochs.saturating_mul(steps_per_epoch),
    };
    let mut batches = Batches::new(train.len(), plan);
    let mut workspace = Workspace::new(net, plan.batch_size);
    let mut history = History {
        losses: Vec::new(),
        epochs: Vec::new(),
    };
    let record = |net: &N, step, learning_rate| {
        let on_train = net.evaluate(train);
        Ok(EpochRecord {
            epoch: step / steps_per_epoch,
            step,
            loss: finite(on_train.loss, step, learning_rate)?,
            train_accuracy: on_train.accuracy,
            test_accuracy: net.accuracy_on(test),
        })
    };
    for step in 0..=steps {
        let at_end = step == steps;
        if step % steps_per_epoch == 0 || at_end {
            let record = record(net, step, optimizer.learning_rate())?;
            history.epochs.push(record);
            watch(Progress::Evaluated(record));
        }
        if at_end {
            break;
        }
        let indices = batches.batch(step % steps_per_epoch);
        let loss = optimizer.step(net, &mut workspace, train, indices).into();
        let loss = finite(loss, step, optimizer.learning_rate())?;
        history.losses.push(loss);
        watch(Progress::Step {
            step: step + 1,
            steps,
            loss,
        });
    }
    Ok(history)
}

fn check(
    train: &Dataset,
    test: &Dataset,
    plan: &Plan,
) -> Result<(), TrainError> {
    let Plan {
        batch_size,
        sampling,
        ..
    } = *plan;
    let images = train.len();
    if train.is_empty() {
        Err(TrainError::Empty("training"))
    } else if test.is_empty() {
        Err(TrainError::Empty("test"))
    } else if batch_size == 0 {
        Err(TrainError::EmptyBatch)
    } else if sampling == Sampling::Shuffled && batch_size > images {
        Err(TrainError::BatchTooLarge { batch_size, images })
    } else {
        Ok(())
    }
}

fn finite(
    loss: f64,
    steps: usize,
    learning_rate: f64,
) -> Result<f64, TrainError> {
    if loss.is_finite() {
        Ok(loss)
    } else {
        Err(TrainError::Diverged {
            loss,
            steps,
            learning_rate,
        })
    }
}
