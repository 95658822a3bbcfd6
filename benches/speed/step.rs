//! One training step, beside its five matrix products alone.

use std::error::Error;

use backprop::{Dataset, Float, Optimizer, Sgd, TwoLayerNet, Workspace};
use criterion::{BenchmarkId, Criterion};
use faer::{Accum, Mat, Par, linalg::matmul::matmul, traits::ComplexField};

use crate::{
    speed::Speed,
    work::{BATCH, Product, SGD, SIZES, net, pool, products, throughput},
};

pub fn bench(
    criterion: &mut Criterion<Speed>,
    images: &Dataset,
) -> Result<(), Box<dyn Error>> {
    bench_float::<f32>(criterion, images, "f32")?;
    bench_float::<f64>(criterion, images, "f64")
}

fn bench_float<F: Float + ComplexField>(
    criterion: &mut Criterion<Speed>,
    images: &Dataset,
    float: &str,
) -> Result<(), Box<dyn Error>> {
    let shapes = products(BATCH, SIZES);
    let mut group = criterion.benchmark_group(format!("step/{float}"));
    group.throughput(throughput(BATCH, &shapes, 1));
    let mut floor = shapes.map(Operands::<F>::new);
    group.bench_function("five bare products, faer", |bencher| {
        bencher.iter(|| floor.iter_mut().for_each(Operands::multiply));
    });
    for threads in [1, 2] {
        let mut learner = Learner::<F>::new(net(SIZES), images.len(), BATCH);
        let pool = pool(threads)?;
        let name = BenchmarkId::new("threads", threads);
        group.bench_function(name, |bencher| {
            pool.install(|| bencher.iter(|| learner.step(SGD, images)));
        });
    }
    group.finish();
    Ok(())
}

/// A network in training, and the images that it has not seen yet.
pub struct Learner<F: Float> {
    net: TwoLayerNet<F>,
    workspace: Workspace<TwoLayerNet<F>>,
    indices: Vec<usize>,
    batch: usize,
    next: usize,
}

impl<F: Float> Learner<F> {
    pub fn new(net: TwoLayerNet<F>, images: usize, batch: usize) -> Self {
        // Far apart, so that a batch is not found in the cache: 7,919 is a
        // prime, and each image comes once in a round.
        let indices = (0..images).map(|at| at * 7919 % images).collect();
        let workspace = Workspace::new(&net, batch);
        Self {
            net,
            workspace,
            indices,
            batch,
            next: 0,
        }
    }

    /// One step, the images from bytes to floats included.
    pub fn step(&mut self, mut sgd: Sgd, images: &Dataset) -> F {
        if self.next + self.batch > self.indices.len() {
            self.next = 0;
        }
        let indices = &self.indices[self.next..self.next + self.batch];
        self.next += self.batch;
        sgd.step(&mut self.net, &mut self.workspace, images, indices)
    }
}

/// A product's three matrices, allocated once.
struct Operands<F> {
    left: Mat<F>,
    right: Mat<F>,
    product: Mat<F>,
}

impl<F: Float + ComplexField> Operands<F> {
    fn new(shape: Product) -> Self {
        let Product {
            rows,
            inner,
            columns,
        } = shape;
        Self {
            left: Mat::full(rows, inner, F::one()),
            right: Mat::full(inner, columns, F::one()),
            product: Mat::zeros(rows, columns),
        }
    }

    fn multiply(&mut self) {
        let Self {
            left,
            right,
            product,
        } = self;
        matmul(product, Accum::Replace, left, right, F::one(), Par::Seq);
    }
}
