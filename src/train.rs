//! Learning: gradient descent on batches, with a record of how it went.

mod batches;
mod plan;
mod sgd;
pub(crate) mod workspace;

use thiserror::Error;

use crate::{
    Dataset, Float, Target, TwoLayerNet, layers::softmax_with_loss,
    network::passes,
};
use batches::Batches;
pub use plan::{Length, Order, Plan};
pub use sgd::Sgd;
pub(crate) use sgd::descend;
pub use workspace::Workspace;

/// How a training went.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The loss of each step's batch, before the step was taken.
    pub losses: Vec<f64>,
    /// A record at the start of each epoch, and one at the end.
    pub epochs: Vec<EpochRecord>,
}

/// How well a network did at one point of its training.
#[derive(Clone, Copy, Debug, PartialEq)]
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

/// Why a training cannot start or go on.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
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
         {images} images: take a smaller batch, or Order::Draw"
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
/// The same network, data and plan give the same result on every run. After
/// an error the network is as the last step left it.
///
/// # Errors
///
/// If one of the sets is empty, if the batch size is 0 or (for
/// [`Order::Shuffle`]) larger than the training set, or if the loss becomes
/// NaN or infinite.
///
/// # Panics
///
/// If the images or labels do not fit the network.
///
/// ```
/// use backprop::{
///     ChaCha8Rng, Length, Order, Plan, SeedableRng, Sgd, Sizes, TwoLayerNet,
///     digits, train,
/// };
///
/// let sizes = Sizes { input: 784, hidden: 20, output: 10 };
/// let mut rng = ChaCha8Rng::seed_from_u64(1);
/// let mut net = TwoLayerNet::<f32>::he(sizes, &mut rng);
/// let plan = Plan {
///     batch_size: 50,
///     length: Length::Epochs(2),
///     order: Order::Shuffle,
///     seed: 1,
/// };
/// let (learn, test) = (digits::dataset(1000, 1), digits::dataset(200, 2));
/// let history =
///     train(&mut net, Sgd { learning_rate: 0.1 }, &learn, &test, &plan)?;
/// assert_eq!(history.losses.len(), 40);
/// assert!(history.epochs[2].test_accuracy > history.epochs[0].test_accuracy);
/// # Ok::<(), backprop::TrainError>(())
/// ```
pub fn train<F: Float>(
    net: &mut TwoLayerNet<F>,
    sgd: Sgd,
    train: &Dataset,
    test: &Dataset,
    plan: &Plan,
) -> Result<History, TrainError> {
    F::train(net, sgd, train, test, plan)
}

pub(crate) fn run<F: Float>(
    net: &mut TwoLayerNet<F>,
    sgd: Sgd,
    train: &Dataset,
    test: &Dataset,
    plan: &Plan,
) -> Result<History, TrainError> {
    check(train, test, plan)?;
    // Into the pool of threads once, not in each step.
    rayon::scope(|_| follow(net, sgd, train, test, plan))
}

fn follow<F: Float>(
    net: &mut TwoLayerNet<F>,
    sgd: Sgd,
    train: &Dataset,
    test: &Dataset,
    plan: &Plan,
) -> Result<History, TrainError> {
    let steps_per_epoch = plan.steps_per_epoch(train.len());
    let steps = match plan.length {
        Length::Steps(steps) => steps,
        Length::Epochs(epochs) => epochs * steps_per_epoch,
    };
    let mut batches = Batches::new(train.len(), plan);
    let mut workspace = Workspace::new(net.sizes(), plan.batch_size);
    let mut history = History {
        losses: Vec::new(),
        epochs: Vec::new(),
    };
    let record = |net: &TwoLayerNet<F>, step| {
        let seen = evaluate(net, train);
        finite(seen.loss, step, sgd)?;
        Ok(EpochRecord {
            epoch: step / steps_per_epoch,
            step,
            loss: seen.loss,
            train_accuracy: seen.accuracy,
            test_accuracy: passes::accuracy_on(net, test),
        })
    };
    for step in 0..steps {
        if step % steps_per_epoch == 0 {
            history.epochs.push(record(net, step)?);
        }
        let numbers = batches.next(step % steps_per_epoch);
        let loss = workspace.step(net, sgd, train, numbers);
        history.losses.push(finite(loss.into(), step, sgd)?);
    }
    history.epochs.push(record(net, steps)?);
    Ok(history)
}

fn check(
    train: &Dataset,
    test: &Dataset,
    plan: &Plan,
) -> Result<(), TrainError> {
    let Plan {
        batch_size, order, ..
    } = *plan;
    let images = train.len();
    if train.is_empty() {
        Err(TrainError::Empty("training"))
    } else if test.is_empty() {
        Err(TrainError::Empty("test"))
    } else if batch_size == 0 {
        Err(TrainError::EmptyBatch)
    } else if order == Order::Shuffle && batch_size > images {
        Err(TrainError::BatchTooLarge { batch_size, images })
    } else {
        Ok(())
    }
}

fn finite(loss: f64, steps: usize, sgd: Sgd) -> Result<f64, TrainError> {
    let learning_rate = sgd.learning_rate;
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

/// The mean loss and the accuracy over a whole set.
struct Evaluation {
    loss: f64,
    accuracy: f64,
}

fn evaluate<F: Float>(net: &TwoLayerNet<F>, dataset: &Dataset) -> Evaluation {
    let chunks = passes::look_at(net, dataset, |numbers, mut scores| {
        let labels = passes::labels(dataset, numbers, &scores);
        let right = passes::count_right(&scores, &labels);
        let mut losses = vec![F::zero(); numbers.len()];
        softmax_with_loss::in_place(
            scores.as_slice_mut().expect("whole rows are in one piece"),
            &mut losses,
            |row| labels.class(row),
            F::one(),
        );
        let loss: f64 = losses.into_iter().map(Into::into).sum();
        (right, loss)
    });
    let right: usize = chunks.iter().map(|(right, _)| right).sum();
    let loss: f64 = chunks.iter().map(|(_, loss)| loss).sum();
    let images = dataset.len() as f64;
    Evaluation {
        loss: loss / images,
        accuracy: right as f64 / images,
    }
}
