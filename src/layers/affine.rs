//! The affine layer: a matrix product and a bias.

use ndarray::{
    Array, Array1, Array2, ArrayBase, ArrayRef, Axis, CowArray, Data,
    Dimension, Ix2,
};

use crate::{Float, product};

/// `y = x . weight + bias`, for a single sample or a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Affine<F> {
    /// Shape `(D, M)`: one row an input, one column an output.
    pub weight: Array2<F>,
    /// Shape `(M,)`.
    pub bias: Array1<F>,
}

impl<F: Float> Affine<F> {
    /// A layer of `weight`, shape `(D, M)`, and `bias`, shape `(M,)`.
    ///
    /// # Panics
    ///
    /// If the weight has not one column for each entry of the bias.
    #[must_use]
    pub fn new(weight: Array2<F>, bias: Array1<F>) -> Self {
        let affine = Self { weight, bias };
        affine.check_bias();
        affine
    }

    /// Returns `y` and what backward needs.
    ///
    /// The cache takes `x` as it is given: an array moves into it, a view is
    /// lent to it. It also borrows the weight, which therefore cannot change
    /// before `backward`.
    ///
    /// # Shapes
    ///
    /// The last axis of `x` holds features, the axes before it count samples:
    /// a sample `(D,)` gives `(M,)`, a batch `(N, D)` gives `(N, M)`, and no
    /// rows give no rows.
    ///
    /// # Panics
    ///
    /// If `x` has no axis, or not one column for each row of the weight.
    ///
    /// ```
    /// use backprop::Affine;
    /// use ndarray::array;
    ///
    /// let weight = array![[1.0, 2.0, 3.0]];
    /// let affine = Affine::new(weight, array![0.0, 0.0, 1.0]);
    /// let (y, cache) = affine.forward(array![[1.0], [10.0]]);
    /// assert_eq!(y, array![[1.0, 2.0, 4.0], [10.0, 20.0, 31.0]]);
    ///
    /// let dout = array![[1.0, 1.0, 1.0], [0.0, 0.0, 1.0]];
    /// let (dx, dw, db) = cache.backward(&dout);
    /// assert_eq!(dx, array![[6.0], [3.0]]);
    /// assert_eq!(dw, array![[1.0, 1.0, 11.0]]);
    /// assert_eq!(db, array![1.0, 1.0, 2.0]);
    /// ```
    pub fn forward<S: Data<Elem = F>, D: Dimension>(
        &self,
        x: ArrayBase<S, D>,
    ) -> (Array<F, D>, AffineCache<'_, S, D>) {
        self.check_bias();
        let columns = x.shape().last().copied();
        let features = columns.expect("Affine: x has no axis");
        assert!(
            features == self.weight.nrows(),
            "Affine: x has {features} columns, weight has {} rows",
            self.weight.nrows()
        );
        let y = product::affine(&as_rows(&x), &self.weight, &self.bias);
        let y = like(&x, y);
        let weight = &self.weight;
        (y, AffineCache { weight, x })
    }

    pub(crate) fn check_bias(&self) {
        assert!(
            self.weight.ncols() == self.bias.len(),
            "Affine: weight has {} columns, bias has {} entries",
            self.weight.ncols(),
            self.bias.len()
        );
    }
}

/// What backward needs of an affine layer: its input and its weight.
#[derive(Debug)]
#[must_use = "the gradient comes from `backward`"]
pub struct AffineCache<'a, S: Data, D: Dimension> {
    weight: &'a Array2<S::Elem>,
    x: ArrayBase<S, D>,
}

impl<F: Float, S: Data<Elem = F>, D: Dimension> AffineCache<'_, S, D> {
    /// Returns `(dx, dw, db)`.
    ///
    /// # Shapes
    ///
    /// `dx (N, D) = dout (N, M) . transpose of weight (D, M)`,
    /// `dw (D, M) = transpose of x (N, D) . dout (N, M)`,
    /// `db (M,) = the sum of dout (N, M) over the samples`.
    ///
    /// # Panics
    ///
    /// If `dout` has not the shape of the output.
    #[must_use]
    pub fn backward(
        self,
        dout: &ArrayRef<F, D>,
    ) -> (Array<F, D>, Array2<F>, Array1<F>) {
        self.check(dout);
        let dx = product::multiply(&as_rows(dout), &self.weight.t());
        let dx = like(dout, dx);
        let (dw, db) = self.backward_parameters(dout);
        (dx, dw, db)
    }

    /// Returns `(dw, db)` as [`backward`](Self::backward) does, without the
    /// cost of `dx`: for a first layer, whose input nobody changes.
    ///
    /// # Panics
    ///
    /// If `dout` has not the shape of the output.
    #[must_use]
    pub fn backward_parameters(
        self,
        dout: &ArrayRef<F, D>,
    ) -> (Array2<F>, Array1<F>) {
        self.check(dout);
        let dout = as_rows(dout);
        let dw = product::multiply(&as_rows(&self.x).t(), &dout);
        (dw, dout.sum_axis(Axis(0)))
    }

    fn check(&self, dout: &ArrayRef<F, D>) {
        let mut output = self.x.shape().to_vec();
        output.pop();
        output.push(self.weight.ncols());
        assert!(
            dout.shape() == output,
            "Affine: dout has shape {:?}, the output had {output:?}",
            dout.shape()
        );
    }
}

/// The array as a matrix, one row a sample.
fn as_rows<F: Float, D: Dimension>(
    array: &ArrayRef<F, D>,
) -> CowArray<'_, F, Ix2> {
    let (features, samples) = array
        .shape()
        .split_last()
        .expect("forward checked the axes");
    array
        .to_shape((samples.iter().product(), *features))
        .expect("the shape has the same number of entries")
}

/// The rows of a matrix, laid out along the sample axes of `model`.
fn like<F: Float, D: Dimension>(
    model: &ArrayRef<F, D>,
    rows: Array2<F>,
) -> Array<F, D> {
    let mut shape = model.raw_dim();
    let last = model.ndim() - 1;
    shape[last] = rows.ncols();
    rows.into_shape_with_order(shape)
        .expect("there is one row for each sample")
}
