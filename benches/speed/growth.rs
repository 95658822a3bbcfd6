//! What a training step costs as its batch and its network grow.

use std::{error::Error, time::Duration};

use backprop::{Dataset, Sizes};
use criterion::{BenchmarkId, Criterion, SamplingMode};

use crate::{
    speed::Speed,
    step::Learner,
    work::{BATCH, SGD, SIZES, net, pool, products, throughput},
};

const BATCHES: [usize; 9] = [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000];
const HIDDEN: [usize; 7] = [10, 50, 100, 200, 500, 1000, 2000];

pub fn bench(
    criterion: &mut Criterion<Speed>,
    images: &Dataset,
) -> Result<(), Box<dyn Error>> {
    let batches = BATCHES.map(|batch| (batch, batch, SIZES));
    let hidden =
        HIDDEN.map(|hidden| (hidden, BATCH, Sizes { hidden, ..SIZES }));
    grow(criterion, images, "batch", &batches)?;
    grow(criterion, images, "hidden", &hidden)
}

/// One line for each work: the number that grows, the batch and the sizes.
fn grow(
    criterion: &mut Criterion<Speed>,
    images: &Dataset,
    what: &str,
    works: &[(usize, usize, Sizes)],
) -> Result<(), Box<dyn Error>> {
    for threads in [1, 2] {
        let pool = pool(threads)?;
        let name = format!("growth/{what}/f32/threads/{threads}");
        let mut group = criterion.benchmark_group(name);
        group
            .sampling_mode(SamplingMode::Flat)
            .sample_size(10)
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_millis(500));
        for &(number, batch, sizes) in works {
            let net = net::<f32>(sizes);
            let mut learner = Learner::new(net, images.len(), batch);
            group.throughput(throughput(batch, &products(batch, sizes), 1));
            group.bench_function(
                BenchmarkId::from_parameter(number),
                |bencher| {
                    pool.install(|| bencher.iter(|| learner.step(SGD, images)));
                },
            );
        }
        group.finish();
    }
    Ok(())
}
