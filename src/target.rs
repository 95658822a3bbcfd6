//! What each row of scores should have been: a label or a one-hot row.
//!
//! The two are types of their own, never guessed from a shape.

use std::{fmt::Debug, ops::Index};

use ndarray::{Array2, ArrayView2};

use crate::Float;

/// The right class of each of `N` rows.
///
/// Implemented by [`Labels`] and [`OneHot`], and by no other type.
pub trait Target: Debug + Sync + sealed::Sealed {
    /// `N`, the number of rows.
    fn len(&self) -> usize;

    /// The right class of one row, counted from 0.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    fn class(&self, row: usize) -> usize;

    /// How many classes there are, where the target says so.
    fn classes(&self) -> Option<usize>;

    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Labels {}
    impl<F> Sealed for super::OneHot<F> {}
}

/// The right class of each row as a number from 0, shape `(N,)`.
///
/// ```
/// use backprop::Labels;
///
/// let t = Labels::from([5, 0, 4]);
/// assert_eq!(t.len(), 3);
/// assert_eq!(t[0], 5);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels(Vec<u8>);

impl Labels {
    /// One label for each row.
    #[must_use]
    pub fn new(labels: Vec<u8>) -> Self {
        Self(labels)
    }

    /// `N`, the number of labels.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no labels.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The labels as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The labels one by one.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u8> {
        self.0.iter().copied()
    }
}

impl From<Vec<u8>> for Labels {
    fn from(labels: Vec<u8>) -> Self {
        Self::new(labels)
    }
}

impl<const N: usize> From<[u8; N]> for Labels {
    fn from(labels: [u8; N]) -> Self {
        Self::new(labels.into())
    }
}

impl FromIterator<u8> for Labels {
    fn from_iter<I: IntoIterator<Item = u8>>(labels: I) -> Self {
        Self::new(labels.into_iter().collect())
    }
}

impl Index<usize> for Labels {
    type Output = u8;

    fn index(&self, row: usize) -> &u8 {
        &self.0[row]
    }
}

impl Target for Labels {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn class(&self, row: usize) -> usize {
        self.0[row].into()
    }

    fn classes(&self) -> Option<usize> {
        None
    }
}

/// The right class of each row as a row with a single 1, shape `(N, classes)`.
///
/// ```
/// use backprop::{Labels, OneHot};
///
/// let t = OneHot::<f64>::from_labels(&Labels::from([2, 0]), 3);
/// assert_eq!(t.rows(), ndarray::array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OneHot<F>(Array2<F>);

impl<F: Float> OneHot<F> {
    /// Takes rows that are one-hot already.
    ///
    /// # Panics
    ///
    /// Unless each row has exactly one 1 and is 0 elsewhere.
    #[must_use]
    pub fn new(rows: Array2<F>) -> Self {
        for (number, row) in rows.rows().into_iter().enumerate() {
            let ones = row.iter().filter(|&&value| value == F::one()).count();
            let zeros = row.iter().filter(|value| value.is_zero()).count();
            assert!(
                ones == 1 && zeros == row.len() - 1,
                "OneHot: row {number} is {row}, not a single 1 among zeros"
            );
        }
        Self(rows)
    }

    /// Writes each label as a row of `classes` numbers.
    ///
    /// # Panics
    ///
    /// If a label is not below `classes`.
    #[must_use]
    pub fn from_labels(labels: &Labels, classes: usize) -> Self {
        check("OneHot", labels, labels.len(), classes);
        let mut rows = Array2::zeros((labels.len(), classes));
        for (mut row, label) in rows.rows_mut().into_iter().zip(labels.iter()) {
            row[usize::from(label)] = F::one();
        }
        Self(rows)
    }

    /// The rows, shape `(N, classes)`.
    #[must_use]
    pub fn rows(&self) -> ArrayView2<'_, F> {
        self.0.view()
    }
}

impl<F: Float> Target for OneHot<F> {
    fn len(&self) -> usize {
        self.0.nrows()
    }

    fn class(&self, row: usize) -> usize {
        self.0
            .row(row)
            .iter()
            .position(|&value| value == F::one())
            .expect("each row was checked to have a 1")
    }

    fn classes(&self) -> Option<usize> {
        Some(self.0.ncols())
    }
}

/// Panics unless `t` fits scores of shape `(rows, columns)`.
pub(crate) fn check(who: &str, t: &dyn Target, rows: usize, columns: usize) {
    assert!(
        t.len() == rows,
        "{who}: {rows} rows of scores, {} targets",
        t.len()
    );
    if let Some(classes) = t.classes() {
        assert!(
            classes == columns,
            "{who}: {columns} columns, one-hot rows of {classes} classes"
        );
    }
    for row in 0..rows {
        check_label(who, row, t.class(row), columns);
    }
}

/// Panics unless each label is below the number of columns. Not generic, so
/// that it is compiled with this crate's settings.
pub(crate) fn check_labels(who: &str, labels: &[u8], columns: usize) {
    for (row, &label) in labels.iter().enumerate() {
        check_label(who, row, label.into(), columns);
    }
}

fn check_label(who: &str, row: usize, label: usize, columns: usize) {
    assert!(
        label < columns,
        "{who}: row {row} has label {label}, there are {columns} columns"
    );
}
