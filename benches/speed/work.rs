//! How much work there is: the matrix products of the two-layer network.

use backprop::{ChaCha8Rng, Float, SeedableRng, Sgd, Sizes, TwoLayerNet};
use criterion::Throughput;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// The book's network.
pub const SIZES: Sizes = Sizes {
    input: 784,
    hidden: 50,
    output: 10,
};

/// The book's batch.
pub const BATCH: usize = 100;

/// The book's learning rate.
pub const SGD: Sgd = Sgd { learning_rate: 0.1 };

/// The book's network, before it has learnt anything.
pub fn net<F: Float>(sizes: Sizes) -> TwoLayerNet<F> {
    TwoLayerNet::new(sizes, &mut ChaCha8Rng::seed_from_u64(1))
}

/// Threads for what is measured.
pub fn pool(threads: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    ThreadPoolBuilder::new().num_threads(threads).build()
}

/// The shape of a product: `(rows, inner) . (inner, columns)`.
#[derive(Clone, Copy)]
pub struct Product {
    pub rows: usize,
    pub inner: usize,
    pub columns: usize,
}

/// The five products of a training step, in their order; the first two are
/// those of a prediction.
pub fn products(batch: usize, sizes: Sizes) -> [Product; 5] {
    let Sizes {
        input,
        hidden,
        output,
    } = sizes;
    [
        (batch, input, hidden),  // x . W1
        (batch, hidden, output), // relu . W2
        (batch, output, hidden), // dscores . transpose of W2
        (hidden, batch, output), // transpose of relu . dscores
        (input, batch, hidden),  // transpose of x . dhidden
    ]
    .map(|(rows, inner, columns)| Product {
        rows,
        inner,
        columns,
    })
}

/// What one call gets done: `times` the products, for so many samples.
pub fn throughput(
    samples: usize,
    products: &[Product],
    times: usize,
) -> Throughput {
    // An entry of a product is `inner` multiplications and as many additions.
    let operations: usize = products
        .iter()
        .map(|product| 2 * product.rows * product.inner * product.columns)
        .sum();
    // Criterion knows two amounts of a call, and prints a line for each. The
    // second are operations: `Speed` names them so.
    Throughput::ElementsAndBytes {
        elements: samples as u64,
        bytes: (times * operations) as u64,
    }
}
