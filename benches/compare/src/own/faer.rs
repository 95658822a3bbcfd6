//! The products of a step and of a prediction by faer alone.
//!
//! In a step two threads share the features: half of them, with the weights
//! of those, stays in the cache of each. The small products between are not
//! worth sharing. In a prediction each thread has images of its own.

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};
use peer::{
    BATCH, CLASSES, Failure, HIDDEN, PIXELS, Peer, TEST_IMAGES, Weights,
};
use rayon::iter::{IntoParallelRefMutIterator, ParallelIterator};

use super::Number;

/// Features of each half.
const HALF: usize = PIXELS / 2;

/// Images of a prediction at a time: few enough to stay in the cache.
const CHUNK: usize = 125;

/// The matrices of a step, row by row, and those of a prediction.
pub struct Products<F> {
    halves: [Half<F>; 2],
    w2: Vec<F>,
    y: Vec<F>,
    dh: Vec<F>,
    dw2: Vec<F>,
    w1: Vec<F>,
    chunks: Vec<Chunk<F>>,
    threads: usize,
}

/// Half of the features of a step.
struct Half<F> {
    x: Vec<F>,
    w1: Vec<F>,
    h: Vec<F>,
    dw1: Vec<F>,
}

/// The images of a prediction that a thread works on.
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
        let half = || Half {
            x: matrix(BATCH, HALF),
            w1: matrix(HALF, HIDDEN),
            h: matrix(BATCH, HIDDEN),
            dw1: matrix(HALF, HIDDEN),
        };
        let chunk = |_| Chunk {
            x: matrix(CHUNK, PIXELS),
            h: matrix(CHUNK, HIDDEN),
            y: matrix(CHUNK, CLASSES),
        };
        let threads = rayon::current_num_threads();
        Self {
            halves: [half(), half()],
            w2: matrix(HIDDEN, CLASSES),
            y: matrix(BATCH, CLASSES),
            dh: matrix(BATCH, HIDDEN),
            dw2: matrix(HIDDEN, CLASSES),
            w1: matrix(PIXELS, HIDDEN),
            chunks: (0..threads).map(chunk).collect(),
            threads,
        }
    }

    fn step(&mut self) {
        self.halves(|Half { x, w1, h, .. }, _| {
            product(view_mut(h, HIDDEN), view(x, HALF), view(w1, HIDDEN));
        });
        let w2 = view(&self.w2, CLASSES);
        let hidden = view(&self.halves[0].h, HIDDEN);
        product(view_mut(&mut self.y, CLASSES), hidden, w2);
        let scores = view(&self.y, CLASSES);
        product(view_mut(&mut self.dw2, CLASSES), hidden.transpose(), scores);
        product(view_mut(&mut self.dh, HIDDEN), scores, w2.transpose());
        self.halves(|Half { x, dw1, .. }, dh| {
            product(view_mut(dw1, HIDDEN), view(x, HALF).transpose(), dh);
        });
    }

    /// Does the work for both halves, which may need `dh`.
    fn halves(&mut self, work: impl Fn(&mut Half<F>, MatRef<'_, F>) + Sync) {
        let dh = view(&self.dh, HIDDEN);
        let [first, second] = &mut self.halves;
        if self.threads == 1 {
            work(first, dh);
            work(second, dh);
        } else {
            rayon::join(|| work(first, dh), || work(second, dh));
        }
    }
}

impl<F: Number> Peer for Products<F> {
    fn products(&mut self, times: usize) -> Result<(), Failure> {
        // Into the pool once, not for each product.
        rayon::scope(|_| (0..times).for_each(|_| self.step()));
        Ok(())
    }

    fn forward(&mut self, times: usize) -> Result<(), Failure> {
        let (w1, w2) = (view(&self.w1, HIDDEN), view(&self.w2, CLASSES));
        let count = times * TEST_IMAGES / CHUNK / self.threads;
        self.chunks.par_iter_mut().for_each(|Chunk { x, h, y }| {
            for _ in 0..count {
                product(view_mut(h, HIDDEN), view(x, PIXELS), w1);
                product(view_mut(y, CLASSES), view(h, HIDDEN), w2);
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

fn product<F: Number>(out: MatMut<F>, left: MatRef<F>, right: MatRef<F>) {
    matmul(out, Accum::Replace, left, right, F::one(), Par::Seq);
}

fn view<F>(matrix: &[F], columns: usize) -> MatRef<'_, F> {
    let rows = matrix.len() / columns;
    MatRef::from_row_major_slice(matrix, rows, columns)
}

fn view_mut<F>(matrix: &mut [F], columns: usize) -> MatMut<'_, F> {
    let rows = matrix.len() / columns;
    MatMut::from_row_major_slice_mut(matrix, rows, columns)
}
