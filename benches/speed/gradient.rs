//! The gradient of the whole network by central differences.

use std::{error::Error, time::Duration};

use backprop::{Dataset, Layers, Network};
use criterion::{BenchmarkId, Criterion, SamplingMode};

use crate::{
    speed::Speed,
    work::{SIZES, net, pool, products, throughput},
};

/// As many images as the book checks a gradient with.
const BATCH: usize = 3;

pub fn bench(
    criterion: &mut Criterion<Speed>,
    images: &Dataset,
) -> Result<(), Box<dyn Error>> {
    let net = net::<f64>(SIZES);
    let (x, t) = images.head(BATCH).all();
    let [hidden, scores, ..] = products(BATCH, SIZES);
    let passes = 2 * net.parameter_count();
    let mut group = criterion.benchmark_group("numerical_gradient/f64");
    // A call takes a second or so, and criterion wants at least ten.
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .warm_up_time(Duration::from_millis(1))
        .throughput(throughput(passes * BATCH, &[hidden, scores], passes));
    for threads in [1, 2] {
        let pool = pool(threads)?;
        let name = BenchmarkId::new("threads", threads);
        group.bench_function(name, |bencher| {
            pool.install(|| bencher.iter(|| net.numerical_gradient(&x, &t)));
        });
    }
    group.finish();
    Ok(())
}
