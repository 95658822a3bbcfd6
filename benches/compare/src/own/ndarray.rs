//! The textbook's layers straight on ndarray: images as floats in memory, a
//! fresh array for each result, products by `dot`, one thread.
//!
//! Timed: the training step (rows gathered, forward, backward, the update),
//! and the products of a step and of a prediction into memory that is there, by
//! `general_mat_mul`.

use std::path::Path;

use backprop::Affine;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Axis};
use peer::{
    BATCH, CLASSES, Failure, HIDDEN, LEARNING_RATE, Mnist, PIXELS, Peer,
    TEST_IMAGES, Weights,
};

use super::{Number, affine};

fn forward<F: Number>(affine: &Affine<F>, x: &Array2<F>) -> Array2<F> {
    x.dot(&affine.weight) + &affine.bias
}

fn descend<F: Number>(affine: &mut Affine<F>, dw: &Array2<F>, db: &Array1<F>) {
    let step = F::from_f64(-LEARNING_RATE);
    affine.weight.scaled_add(step, dw);
    affine.bias.scaled_add(step, db);
}

/// The network, and the matrices of the five products.
pub struct Plain<F> {
    images: Array2<F>,
    labels: Vec<u8>,
    test_images: usize,
    layers: Option<(Affine<F>, Affine<F>)>,
    products: [Array2<F>; 7],
}

impl<F: Number> Plain<F> {
    /// Reads MNIST.
    pub fn load(data: &Path) -> Result<Self, Failure> {
        let mnist = Mnist::read(data)?;
        let shape = (mnist.train.labels.len(), PIXELS);
        let full = F::from_f64(255.0);
        let pixels: Vec<F> = mnist
            .train
            .pixels
            .into_iter()
            .map(|pixel| F::from_f64(pixel.into()) / full)
            .collect();
        let matrix = |shape| Array2::from_elem(shape, F::from_f64(0.5));
        Ok(Self {
            images: Array2::from_shape_vec(shape, pixels)?,
            labels: mnist.train.labels,
            test_images: mnist.test.labels.len(),
            layers: None,
            products: [
                matrix((BATCH, PIXELS)),
                matrix((PIXELS, HIDDEN)),
                matrix((BATCH, HIDDEN)),
                matrix((HIDDEN, CLASSES)),
                matrix((BATCH, CLASSES)),
                matrix((PIXELS, HIDDEN)),
                matrix((HIDDEN, CLASSES)),
            ],
        })
    }

    fn step(&mut self, indices: &[usize]) -> Result<f64, Failure> {
        let layers = self.layers.as_mut().ok_or("there are no weights yet")?;
        let (affine1, affine2) = layers;
        let x = self.images.select(Axis(0), indices);
        let labels = indices.iter().map(|&n| usize::from(self.labels[n]));

        let a = forward(affine1, &x);
        let h = a.mapv(|a| a.max(F::zero()));
        let mut y = forward(affine2, &h);

        let samples = F::from_f64(indices.len() as f64);
        let mut loss = F::zero();
        for (mut y, label) in y.rows_mut().into_iter().zip(labels) {
            let largest = y.fold(F::neg_infinity(), |m, &y| m.max(y));
            y.mapv_inplace(|y| (y - largest).exp());
            let total = y.sum();
            y.mapv_inplace(|y| y / total);
            loss -= y[label].ln();
            y[label] -= F::one();
        }
        let dy = y / samples;

        let (dw2, db2) = (h.t().dot(&dy), dy.sum_axis(Axis(0)));
        let mut da = dy.dot(&affine2.weight.t());
        da.zip_mut_with(&a, |da, &a| {
            if a <= F::zero() {
                *da = F::zero();
            }
        });
        let (dw1, db1) = (x.t().dot(&da), da.sum_axis(Axis(0)));
        descend(affine1, &dw1, &db1);
        descend(affine2, &dw2, &db2);
        Ok((loss / samples).into())
    }
}

impl<F: Number> Peer for Plain<F> {
    fn set(&mut self, weights: &Weights) -> Result<(), Failure> {
        self.layers = Some((
            affine(&weights.w1, &weights.b1)?,
            affine(&weights.w2, &weights.b2)?,
        ));
        Ok(())
    }

    fn train(&mut self, batches: &[Vec<usize>]) -> Result<Vec<f64>, Failure> {
        batches.iter().map(|indices| self.step(indices)).collect()
    }

    fn products(&mut self, times: usize) -> Result<(), Failure> {
        let [x, w1, h, w2, y, dw1, dw2] = &mut self.products;
        let (one, zero) = (F::one(), F::zero());
        for _ in 0..times {
            general_mat_mul(one, x, w1, zero, h);
            general_mat_mul(one, h, w2, zero, y);
            general_mat_mul(one, &h.t(), y, zero, dw2);
            general_mat_mul(one, y, &w2.t(), zero, h);
            general_mat_mul(one, &x.t(), h, zero, dw1);
        }
        Ok(())
    }

    fn forward(&mut self, times: usize) -> Result<(), Failure> {
        let [x, w1, h, w2, y, ..] = &mut self.products;
        let (one, zero) = (F::one(), F::zero());
        for _ in 0..times * TEST_IMAGES / BATCH {
            general_mat_mul(one, x, w1, zero, h);
            general_mat_mul(one, h, w2, zero, y);
        }
        Ok(())
    }

    fn images(&self) -> usize {
        self.labels.len()
    }

    fn test_images(&self) -> usize {
        self.test_images
    }
}
