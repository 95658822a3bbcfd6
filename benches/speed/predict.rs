//! The classes of 10,000 images, from their bytes.

use std::error::Error;

use backprop::{Dataset, Float, Network};
use criterion::{BenchmarkId, Criterion};

use crate::{
    speed::Speed,
    work::{SIZES, net, pool, products, throughput},
};

/// As many as MNIST has to test on.
const IMAGES: usize = 10_000;

pub fn bench(
    criterion: &mut Criterion<Speed>,
    images: &Dataset,
) -> Result<(), Box<dyn Error>> {
    let images = images.head(IMAGES);
    bench_float::<f32>(criterion, &images, "f32")?;
    bench_float::<f64>(criterion, &images, "f64")
}

fn bench_float<F: Float>(
    criterion: &mut Criterion<Speed>,
    images: &Dataset,
    float: &str,
) -> Result<(), Box<dyn Error>> {
    let net = net::<F>(SIZES);
    let [hidden, scores, ..] = products(images.len(), SIZES);
    let mut group = criterion.benchmark_group(format!("predict/{float}"));
    group.throughput(throughput(images.len(), &[hidden, scores], 1));
    for threads in [1, 2] {
        let pool = pool(threads)?;
        let name = BenchmarkId::new("threads", threads);
        group.bench_function(name, |bencher| {
            pool.install(|| bencher.iter(|| net.classify_on(images)));
        });
    }
    group.finish();
    Ok(())
}
