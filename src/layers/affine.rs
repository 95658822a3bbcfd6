//! The affine layer: a matrix product and a bias.

use ndarray::{
    Array, Array1, Array2, ArrayBase, ArrayRef, ArrayRef2, CowArray, Data,
    Dimension, Ix2,
};

use crate::{Float, kernels::threads};

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
    /// Unless the weight has one column for each entry of the bias.
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
    /// Unless `x` has an axis, and a column for each row of the weight.
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
        self.check_input(columns.expect("Affine: x has no axis"));
        let rows = as_rows(&x);
        let mut y = Array2::zeros((rows.nrows(), self.bias.len()));
        self.forward_into(&rows, &mut y);
        let y = like(&x, y);
        (y, AffineCache { affine: self, x })
    }

    pub(crate) fn check_input(&self, columns: usize) {
        assert!(
            columns == self.weight.nrows(),
            "Affine: x has {columns} columns, weight has {} rows",
            self.weight.nrows()
        );
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
    affine: &'a Affine<S::Elem>,
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
    /// Unless `dout` has the shape of the output.
    #[must_use]
    pub fn backward(
        self,
        dout: &ArrayRef<F, D>,
    ) -> (Array<F, D>, Array2<F>, Array1<F>) {
        self.check(dout);
        let mut dx = Array2::zeros(as_rows(&self.x).raw_dim());
        self.affine.backward_into(&as_rows(dout), &mut dx);
        let dx = like(dout, dx);
        let (dw, db) = self.backward_parameters(dout);
        (dx, dw, db)
    }

    /// Returns `(dw, db)` as [`backward`](Self::backward) does, without the
    /// cost of `dx`: for a first layer, whose input nobody changes.
    ///
    /// # Panics
    ///
    /// Unless `dout` has the shape of the output.
    #[must_use]
    pub fn backward_parameters(
        self,
        dout: &ArrayRef<F, D>,
    ) -> (Array2<F>, Array1<F>) {
        self.check(dout);
        let mut gradient = self.affine.zeros_like();
        gradient.add_gradient(F::one(), &as_rows(&self.x), &as_rows(dout));
        (gradient.weight, gradient.bias)
    }

    fn check(&self, dout: &ArrayRef<F, D>) {
        let mut output = self.x.shape().to_vec();
        output.pop();
        output.push(self.affine.bias.len());
        assert!(
            dout.shape() == output,
            "Affine: dout has shape {:?}, the output had {output:?}",
            dout.shape()
        );
    }
}

/// The same for batches, into memory that the caller provides.
impl<F: Float> Affine<F> {
    /// A layer of this one's shapes, all 0.
    pub(crate) fn zeros_like(&self) -> Self {
        Self {
            weight: Array2::zeros(self.weight.raw_dim()),
            bias: Array1::zeros(self.bias.raw_dim()),
        }
    }

    /// Sets every number to 0; those of the weight by a kernel, since ndarray's
    /// `fill` is slow where a test or a cell compiles it.
    pub(crate) fn set_zero(&mut self) {
        self.bias.fill(F::zero());
        F::fill_rows(&self.bias, &mut self.weight);
    }

    /// `y = x . weight + bias`.
    ///
    /// # Shapes
    ///
    /// `x (N, D)`, `weight (D, M)`, `y (N, M)`.
    ///
    /// # Panics
    ///
    /// Unless they have these shapes.
    pub fn forward_into(&self, x: &ArrayRef2<F>, y: &mut ArrayRef2<F>) {
        self.check_batch("x", x, "y", y);
        let parts = threads::parts(x.nrows(), self.weight.len());
        // y = x . weight + bias
        F::fill_rows(&self.bias, y);
        F::add_product(F::one(), x, &self.weight, y, parts);
    }

    /// `dx = dout . transpose of weight`.
    ///
    /// # Shapes
    ///
    /// `dout (N, M)`, `weight (D, M)`, `dx (N, D)`.
    ///
    /// # Panics
    ///
    /// Unless they have these shapes.
    pub fn backward_into(&self, dout: &ArrayRef2<F>, dx: &mut ArrayRef2<F>) {
        self.check_batch("dx", dx, "dout", dout);
        let parts = threads::parts(dout.nrows(), self.weight.len());
        // dx = dout . transpose of weight
        F::product(dout, &self.weight.t(), dx, parts);
    }

    /// `weight += scale * transpose of x . dout`, and `bias += scale *` the
    /// sum of `dout` over the samples.
    ///
    /// With a negative scale this is a step of gradient descent, whose
    /// gradient is never an array of its own.
    ///
    /// # Shapes
    ///
    /// `x (N, D)`, `dout (N, M)`, `weight (D, M)`, `bias (M,)`.
    ///
    /// # Panics
    ///
    /// Unless they have these shapes.
    pub fn add_gradient(
        &mut self,
        scale: F,
        x: &ArrayRef2<F>,
        dout: &ArrayRef2<F>,
    ) {
        self.check_batch("x", x, "dout", dout);
        let parts = threads::parts(self.weight.nrows(), dout.len());
        // weight += scale * transpose of x . dout, bias += scale * sum of dout
        F::add_product(scale, &x.t(), dout, &mut self.weight, parts);
        F::add_rows(scale, dout, &mut self.bias);
    }

    /// That what goes in has the shape `(N, D)`, and what comes out `(N, M)`.
    #[track_caller]
    fn check_batch(
        &self,
        input: &str,
        x: &ArrayRef2<F>,
        output: &str,
        y: &ArrayRef2<F>,
    ) {
        self.check_bias();
        let (inputs, outputs) = self.weight.dim();
        assert!(
            x.ncols() == inputs
                && y.ncols() == outputs
                && x.nrows() == y.nrows(),
            "Affine: {input} has shape {:?}, {output} {:?}, weight {:?}",
            x.shape(),
            y.shape(),
            self.weight.shape()
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
