//! The exponential of many numbers at once.

use std::f64::consts::LOG2_E;

use pulp::Arch;

use super::number::Number;

/// `exp(x)` for numbers that are not positive, in their own memory.
///
/// The library's `exp` takes one number a call. This one has no branch and no
/// call, so that a vector instruction does each of its steps for several
/// numbers; and it has the same bits on every machine. It is made in `f64`:
/// in `f32` the result is the nearest number, in `f64` less than two units in
/// the last place away, and 0 where `x < -707`.
pub(super) fn exp_in_place<F: Number>(numbers: &mut [F]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for number in numbers {
                *number = F::nearest(exp((*number).into()));
            }
        },
    );
}

/// exp(x) = 2^k exp(r), where k is the integer nearest to x / ln 2, and r what
/// is left of x, at most (ln 2) / 2: a short series is exact enough.
#[inline(always)]
fn exp(x: f64) -> f64 {
    /// 1.5 * 2^52: next to it, numbers are 1 apart, and the last bits of its
    /// sum with a small integer are that integer.
    const LARGE: f64 = 6_755_399_441_055_744.0;
    /// ln 2 in two parts; the first has so few bits that k times it is exact.
    const LN_2: [f64; 2] =
        [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    /// 1 / n!, the highest n first.
    const SERIES: [f64; 14] = series();

    let shifted = x * LOG2_E + LARGE;
    let k = shifted - LARGE;
    let r = (x - k * LN_2[0]) - k * LN_2[1];
    let exp_r = SERIES.iter().fold(0.0, |sum, term| sum * r + term);
    // An f64 keeps its exponent, plus that of 1.0, in the bits from 52 on.
    let power = (shifted.to_bits() << 52).wrapping_add(1.0_f64.to_bits());
    if x < -707.0 {
        0.0
    } else {
        exp_r * f64::from_bits(power)
    }
}

const fn series() -> [f64; 14] {
    let mut terms = [1.0; 14];
    let mut n = 1;
    while n < terms.len() {
        let at = terms.len() - 1 - n;
        terms[at] = terms[at + 1] / n as f64;
        n += 1;
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_exponential() {
        for step in 0..700_000 {
            let x = f64::from(-step) * 1.001e-3;
            let (found, expected) = (exp(x), x.exp());
            let units = found.to_bits().abs_diff(expected.to_bits());
            assert!(units <= 1, "{x}: {found} {expected}");
        }
    }

    #[test]
    fn in_single_precision_it_is_the_nearest_number() {
        let numbers: Vec<f32> =
            (0..200_000).map(|i| i as f32 * -5e-4).collect();
        let mut found = numbers.clone();
        exp_in_place(&mut found);
        for (x, found) in numbers.into_iter().zip(found) {
            let expected = f32::nearest(f64::from(x).exp());
            assert_eq!(found.to_bits(), expected.to_bits(), "{x}");
        }
    }

    #[test]
    fn ends_and_faults() {
        let mut ends = [0.0, -0.0, -708.0, f64::NEG_INFINITY, f64::NAN];
        exp_in_place(&mut ends);
        assert_eq!(ends[..4], [1.0, 1.0, 0.0, 0.0]);
        assert!(ends[4].is_nan());
        assert!(exp(-707.0) > 0.0);
    }
}
