//! Where each row has its highest score.

use ndarray::{ArrayRef1, ArrayRef2};

use super::number::Number;

pub(super) fn argmax<F: Number>(scores: &ArrayRef2<F>) -> Vec<Option<usize>> {
    scores.rows().into_iter().map(|row| of_row(&row)).collect()
}

fn of_row<F: Number>(scores: &ArrayRef1<F>) -> Option<usize> {
    let mut scores = scores.iter().enumerate();
    let (mut index, &(mut maximum)) = scores.next()?;
    let mut has_nan = maximum.is_nan();
    for (other, &score) in scores {
        // Choices of two values, for which there are instructions.
        let higher = score > maximum;
        index = if higher { other } else { index };
        maximum = if higher { score } else { maximum };
        has_nan |= score.is_nan();
    }
    (!has_nan).then_some(index)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::argmax;

    #[test]
    fn the_first_of_equals_and_no_nan() {
        let nan = f64::NAN;
        let scores = array![
            [1.0, 3.0, 3.0],
            [-2.0, -1.0, -3.0],
            [nan, 1.0, 0.0],
            [1.0, 2.0, nan],
            [0.0, 0.0, 0.0],
        ];
        let expected = [Some(1), Some(1), None, None, Some(0)];
        assert_eq!(argmax(&scores), expected);
        let by_columns = scores.t().as_standard_layout().into_owned();
        assert_eq!(argmax(&by_columns.t()), expected);
        assert_eq!(argmax(&Array2::<f32>::zeros((2, 0))), [None, None]);
    }
}
