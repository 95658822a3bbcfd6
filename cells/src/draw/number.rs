//! Numbers as they come from a cell and as they are written in a picture.

/// A number that can be drawn: any of the usual types, or a reference to one.
pub trait Number {
    /// The nearest number of double precision.
    fn number(self) -> f64;
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl Number for $kind {
            // A picture has not so many units that a digit could be missed.
            #[allow(clippy::cast_lossless)]
            fn number(self) -> f64 {
                self as f64
            }
        }

        impl Number for &$kind {
            fn number(self) -> f64 {
                (*self).number()
            }
        }
    )*};
}

numbers!(f32, f64, u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

/// A number with so many decimals, as a book writes it: `−1,234.5`.
pub(crate) fn decimal(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut written = String::new();
    if value < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        written.push('−');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            written.push(',');
        }
        written.push(digit);
    }
    if !fraction.is_empty() {
        written.push('.');
        written.push_str(fraction);
    }
    written
}

/// A power of ten: `10⁻⁸`.
pub(crate) fn power_of_ten(exponent: i32) -> String {
    let digits = exponent.to_string();
    let raised = digits.chars().map(|digit| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    });
    format!("10{}", raised.collect::<String>())
}

/// A number with at most three digits that count: `0.4`, `−1,230`.
pub(crate) fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let text = format!("{value:.2e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: f64 = digits.parse().unwrap_or(value);
    let power: i32 = power.parse().unwrap_or(0);
    if !(-4..6).contains(&power) {
        return format!("{} · {}", decimal(digits, 2), power_of_ten(power));
    }
    let rounded = digits * 10_f64.powi(power);
    let text = decimal(rounded, usize::try_from(2 - power).unwrap_or(0));
    if text.contains('.') {
        let text = text.trim_end_matches('0');
        return text.trim_end_matches('.').to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_decimal(value: f64, decimals: usize, text: &str) {
        assert_eq!(decimal(value, decimals), text, "{value}");
    }

    #[test]
    fn numbers_are_written_as_in_a_book() {
        assert_decimal(0.0, 0, "0");
        assert_decimal(-0.0, 1, "0.0");
        assert_decimal(0.25, 2, "0.25");
        assert_decimal(-0.25, 2, "−0.25");
        assert_decimal(999.0, 0, "999");
        assert_decimal(1000.0, 0, "1,000");
        assert_decimal(-1_234_567.5, 1, "−1,234,567.5");
        assert_eq!(power_of_ten(-8), "10⁻⁸");
        assert_eq!(power_of_ten(12), "10¹²");
    }

    #[track_caller]
    fn assert_short(value: f64, text: &str) {
        assert_eq!(short(value), text, "{value}");
    }

    #[test]
    fn short_numbers_have_three_digits_at_most() {
        assert_short(0.0, "0");
        assert_short(f64::from(0.4_f32), "0.4");
        assert_short(-0.387_6, "−0.388");
        assert_short(0.999_9, "1");
        assert_short(-1_234.0, "−1,230");
        assert_short(10.0, "10");
        assert_short(0.000_12, "0.00012");
        assert_short(1.5e-9, "1.50 · 10⁻⁹");
        assert_short(-1e308, "−1.00 · 10³⁰⁸");
        assert_short(5e-324, "4.94 · 10⁻³²⁴");
    }
}
