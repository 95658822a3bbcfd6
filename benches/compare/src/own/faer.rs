//! The products of a step and of a prediction by faer alone.
//!
//! In a step the threads share the rows of each product: with `rayon::join`
//! that costs less than with faer's own threads. In a prediction each has
//! images of its own.

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};
use peer::{
    BATCH, CLASSES, Failure, HIDDEN, PIXELS, Peer, TEST_IMAGES, Weights,
};
use rayon::iter::{IntoParallelRefMutIterator, ParallelIterator};

use super::Number;

/// Images of a prediction at a time: few enough to stay in the cache.
const CHUNK: usize = 125;

/// The matrices of a step, row by row, and those of a prediction.
pub struct Products<F> {
    x: Vec<F>,
    w1: Vec<F>,
    h: Vec<F>,
    w2: Vec<F>,
    y: Vec<F>,
    dw1: Vec<F>,
    dw2: Vec<F>,
    parts: usize,
    chunks: Vec<Chunk<F>>,
}

/// The matrices of a prediction that a thread has for itself.
struct Chunk<F> {
    x: Vec<F>,
    h: Vec<F>,
    y: Vec<F>,
}

impl<F: Number> Products<F> {
    /// Matrices of numbers that are neither 0 nor large.
    pub fn new() -> Self {
        let matrix = |rows: usize, columns: usize| -> Vec<F> {
            (0..rows * columns)
                .map(|i| F::from_f64((i % 7) as f64 / 8.0 + 0.1))
                .collect()
        };
        let parts = rayon::current_num_threads();
        let chunk = |_| Chunk {
            x: matrix(CHUNK, PIXELS),
            h: matrix(CHUNK, HIDDEN),
            y: matrix(CHUNK, CLASSES),
        };
        Self {
            x: matrix(BATCH, PIXELS),
            w1: matrix(PIXELS, HIDDEN),
            h: matrix(BATCH, HIDDEN),
            w2: matrix(HIDDEN, CLASSES),
            y: matrix(BATCH, CLASSES),
            dw1: matrix(PIXELS, HIDDEN),
            dw2: matrix(HIDDEN, CLASSES),
            parts,
            chunks: (0..parts).map(chunk).collect(),
        }
    }
}

impl<F: Number> Peer for Products<F> {
    fn products(&mut self) -> Result<(), Failure> {
        let Self {
            x,
            w1,
            h,
            w2,
            y,
            dw1,
            dw2,
            parts,
            ..
        } = self;
        let product = |out: MatMut<F>, left: MatRef<F>, right: MatRef<F>| {
            product(out, left, right, *parts);
        };
        let (x, w1) = (view(x, PIXELS), view(w1, HIDDEN));
        let w2 = view(w2, CLASSES);
        let mut products = || {
            product(view_mut(h, HIDDEN), x, w1);
            product(view_mut(y, CLASSES), view(h, HIDDEN), w2);
            let (hidden, scores) = (view(h, HIDDEN), view(y, CLASSES));
            product(view_mut(dw2, CLASSES), hidden.transpose(), scores);
            product(view_mut(h, HIDDEN), scores, w2.transpose());
            product(view_mut(dw1, HIDDEN), x.transpose(), view(h, HIDDEN));
        };
        if *parts == 1 {
            products();
        } else {
            // Into the pool once, not for each product.
            rayon::scope(|_| products());
        }
        Ok(())
    }

    fn forward(&mut self) -> Result<(), Failure> {
        let (w1, w2) = (view(&self.w1, HIDDEN), view(&self.w2, CLASSES));
        let count = TEST_IMAGES / CHUNK / self.parts;
        self.chunks.par_iter_mut().for_each(|Chunk { x, h, y }| {
            for _ in 0..count {
                product(view_mut(h, HIDDEN), view(x, PIXELS), w1, 1);
                product(view_mut(y, CLASSES), view(h, HIDDEN), w2, 1);
            }
        });
        Ok(())
    }

    fn set(&mut self, _weights: &Weights) -> Result<(), Failure> {
        Err("has no network".into())
    }

    fn train(&mut self, _batches: &[Vec<usize>]) -> Result<Vec<f64>, Failure> {
        Err("has no network".into())
    }

    fn images(&self) -> usize {
        0
    }

    fn test_images(&self) -> usize {
        0
    }
}

fn product<F: Number>(
    out: MatMut<F>,
    left: MatRef<F>,
    right: MatRef<F>,
    parts: usize,
) {
    if parts == 1 {
        matmul(out, Accum::Replace, left, right, F::one(), Par::Seq);
        return;
    }
    let first = parts / 2;
    let row = out.nrows() * first / parts;
    let (out_above, out_below) = out.split_at_row_mut(row);
    let (above, below) = left.split_at_row(row);
    rayon::join(
        || product(out_above, above, right, first),
        || product(out_below, below, right, parts - first),
    );
}

fn view<F>(matrix: &[F], columns: usize) -> MatRef<'_, F> {
    let rows = matrix.len() / columns;
    MatRef::from_row_major_slice(matrix, rows, columns)
}

fn view_mut<F>(matrix: &mut [F], columns: usize) -> MatMut<'_, F> {
    let rows = matrix.len() / columns;
    MatMut::from_row_major_slice_mut(matrix, rows, columns)
}
