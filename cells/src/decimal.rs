use std::cmp::Ordering;

/// The largest power of ten that a number may be written with; a word with a
/// larger one is text.
const MAX_EXPONENT: i64 = 9999;

/// A number as it is written: any number of digits, no binary in between.
///
/// The sign is not part of it: it is compared as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal<'a> {
    /// The number as it is written.
    pub(crate) text: &'a str,
    whole: &'a str,
    fraction: &'a str,
    exponent: Option<i64>,
}

impl<'a> Decimal<'a> {
    /// Reads `digits[.digits][e[+-]digits]`; anything else is not a number.
    pub(crate) fn parse(text: &'a str) -> Option<Decimal<'a>> {
        let is_digits = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
        };
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            None => (text, None),
            Some(at) => (&text[..at], Some(&text[at + 1..])),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            None => (mantissa, ""),
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return None,
        };
        let exponent = match exponent {
            None => None,
            Some(digits) => {
                if !is_digits(digits.strip_prefix(['+', '-']).unwrap_or(digits))
                {
                    return None;
                }
                let exponent: i64 = digits.parse().ok()?;
                (exponent.abs() <= MAX_EXPONENT).then_some(())?;
                Some(exponent)
            }
        };
        is_digits(whole).then_some(Decimal {
            text,
            whole,
            fraction,
            exponent,
        })
    }

    /// Whether a page that shows `self` may stand for `printed`: it is the
    /// same text, or it is `printed` rounded to the digits that it shows.
    pub(crate) fn accepts(&self, printed: &Decimal<'_>) -> bool {
        if self.text == printed.text {
            return true;
        }
        self.zeros_for_show() == printed.zeros_for_show()
            && !self.is_zero_with_power()
            && self
                .round(&printed.value(), self.claimed_digits())
                .is_some_and(|rounded| rounded == self.value())
    }

    /// How a page that shows `self` would show `printed`: rounded to as many
    /// digits, in the same notation; as it is where it has fewer.
    pub(crate) fn restate(&self, printed: &Decimal<'_>) -> String {
        // A zero in front may be a digit that is wrong: it counts, if it can.
        [self.written_digits(), self.claimed_digits()]
            .into_iter()
            .filter_map(|digits| {
                let rounded = self.round(&printed.value(), digits)?;
                Some(match self.exponent {
                    None => rounded.plain(self.fraction.len()),
                    Some(_) => self.scientific(&rounded, digits, printed),
                })
            })
            .find(|text| {
                Decimal::parse(text).is_some_and(|it| it.accepts(printed))
            })
            .unwrap_or_else(|| printed.text.to_owned())
    }

    /// `value`, already rounded to so many digits, in the manner of `self`:
    /// `e-9`, `E-9` or `e+9` alike.
    fn scientific(
        &self,
        value: &Value,
        digits: usize,
        printed: &Decimal<'_>,
    ) -> String {
        let power = value.power();
        let mut text = String::new();
        for index in 0..digits {
            if index == 1 {
                text.push('.');
            }
            let digit = value.digits.get(index).copied().unwrap_or(0);
            text.push(char::from(b'0' + digit));
        }
        text.push(if self.text.contains('E') { 'E' } else { 'e' });
        if power < 0 {
            text.push('-');
        } else if self.text.contains('+') {
            text.push('+');
        }
        let (_, zeros) = printed.zeros_for_show();
        text.push_str(&"0".repeat(zeros));
        text.push_str(&power.abs().to_string());
        text
    }

    /// `value` to the decimals that `self` shows, or to so many digits if it
    /// shows an exponent; half to even, or nothing if it has fewer.
    fn round(&self, value: &Value, digits: usize) -> Option<Value> {
        let places = match self.exponent {
            None => to_i64(self.fraction.len()),
            Some(_) => to_i64(digits) - 1 - value.power(),
        };
        (value.places >= places).then(|| value.round(places))
    }

    fn written_digits(&self) -> usize {
        self.whole.len() + self.fraction.len()
    }

    /// How many digits a number with an exponent claims: all but the zeros in
    /// front, and all of a zero's.
    fn claimed_digits(&self) -> usize {
        match self.written_digits() - self.zeros_in_front() {
            0 => self.written_digits(),
            digits => digits,
        }
    }

    /// `0e7`: its exponent says nothing, so no digit of it can be wrong.
    fn is_zero_with_power(&self) -> bool {
        self.exponent.is_some_and(|exponent| exponent != 0)
            && self.zeros_in_front() == self.written_digits()
    }

    fn zeros_in_front(&self) -> usize {
        self.whole
            .bytes()
            .chain(self.fraction.bytes())
            .take_while(|digit| *digit == b'0')
            .count()
    }

    /// The zeros that could be left out, of the number and of its exponent:
    /// two and none in `007`, none and one in `0.7e-09`.
    fn zeros_for_show(&self) -> (usize, usize) {
        let in_front = |digits: &str| {
            let significant = digits.trim_start_matches('0').len().max(1);
            digits.len() - significant
        };
        let exponent = self.text.split_once(['e', 'E']).map(|(_, it)| it);
        let exponent = exponent.map(|it| it.trim_start_matches(['+', '-']));
        (in_front(self.whole), exponent.map_or(0, in_front))
    }

    /// The place of the last digit that is written: 2 for `0.25`, -3 for
    /// `1e3`.
    fn places(&self) -> i64 {
        to_i64(self.fraction.len()) - self.exponent.unwrap_or(0)
    }

    fn value(&self) -> Value {
        let digits = self
            .whole
            .bytes()
            .chain(self.fraction.bytes())
            .skip(self.zeros_in_front())
            .map(|digit| digit - b'0')
            .collect();
        Value {
            digits,
            places: self.places(),
        }
    }
}

/// `digits` as a whole number, times ten to the power of `-places`.
#[derive(Debug, Clone)]
struct Value {
    /// From the left, without zeros in front: empty for zero.
    digits: Vec<u8>,
    places: i64,
}

impl Value {
    /// The power of ten of the first digit.
    fn power(&self) -> i64 {
        if self.digits.is_empty() {
            return 0;
        }
        to_i64(self.digits.len()) - 1 - self.places
    }

    /// Half to even; `places` is at most `self.places`.
    fn round(&self, places: i64) -> Value {
        let dropped = usize::try_from(self.places - places).unwrap_or(0);
        let Some(kept) = self.digits.len().checked_sub(dropped) else {
            return Value {
                digits: Vec::new(),
                places,
            };
        };
        let (kept, tail) = self.digits.split_at(kept);
        let is_odd = kept.last().is_some_and(|digit| digit % 2 == 1);
        let up = match tail.split_first() {
            None => false,
            Some((first, rest)) => match first.cmp(&5) {
                Ordering::Less => false,
                Ordering::Greater => true,
                Ordering::Equal => {
                    is_odd || rest.iter().any(|digit| *digit != 0)
                }
            },
        };
        let mut digits = kept.to_vec();
        if up {
            if let Some(at) = digits.iter().rposition(|digit| *digit != 9) {
                digits[at] += 1;
                digits[at + 1..].fill(0);
            } else {
                digits.fill(0);
                digits.insert(0, 1);
            }
        }
        Value { digits, places }
    }

    /// Without an exponent, with `places` digits after the point.
    fn plain(&self, places: usize) -> String {
        let mut digits: String =
            self.digits.iter().map(|d| char::from(b'0' + d)).collect();
        let missing = (places + 1).saturating_sub(digits.len());
        digits.insert_str(0, &"0".repeat(missing));
        if places > 0 {
            digits.insert(digits.len() - places, '.');
        }
        digits
    }

    fn trimmed(&self) -> (&[u8], i64) {
        let zeros = self
            .digits
            .iter()
            .rev()
            .take_while(|digit| **digit == 0)
            .count();
        if zeros == self.digits.len() {
            return (&[], 0);
        }
        let digits = &self.digits[..self.digits.len() - zeros];
        (digits, self.places - to_i64(zeros))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        self.trimmed() == other.trimmed()
    }
}

/// A length as a signed number: no text is longer than that.
fn to_i64(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal<'_> {
        Decimal::parse(text).unwrap_or_else(|| panic!("{text} is a number"))
    }

    #[test]
    fn only_plain_numbers_are_numbers() {
        for text in ["0", "007", "0.5", "1e5", "1.25E-09", "1e+5", "1e9999"] {
            assert!(Decimal::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            ".5",
            "5.",
            "1.2.3",
            "1e",
            "e5",
            "1e5.5",
            "0.3s",
            "W1",
            "1_0",
            "inf",
            "NaN",
            "0x10",
            "1e10000",
            "1e99999999999999999999",
            "-1",
            "１",
        ] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }

    #[track_caller]
    fn assert_accepts(page: &str, printed: &[&str]) {
        for printed in printed {
            assert!(
                decimal(page).accepts(&decimal(printed)),
                "{page} should accept {printed}"
            );
        }
    }

    #[track_caller]
    fn assert_refuses(page: &str, printed: &[&str]) {
        for printed in printed {
            assert!(
                !decimal(page).accepts(&decimal(printed)),
                "{page} should refuse {printed}"
            );
        }
    }

    #[test]
    fn a_page_claims_the_digits_it_shows() {
        assert_accepts("0.9703", &["0.9703", "0.97034", "0.97026", "9.703e-1"]);
        assert_refuses("0.9703", &["0.97", "0.970", "0.97036", "0.97020"]);
        assert_accepts("0.970", &["0.970", "0.9704", "0.96951"]);
        assert_refuses("0.970", &["0.97", "0.9705001", "97"]);
        assert_accepts("220", &["220", "220.00000000000003", "2.200e2"]);
        assert_refuses("220", &["2.2e2", "221", "220.6"]);
        assert_accepts("1000", &["1000", "1.000e3", "1000.0"]);
        assert_refuses("1000", &["1e3"]);
        assert_refuses("220.00000000000003", &["220.0", "220.00000000000006"]);
        assert_accepts("0", &["0", "0.4", "0.5", "0.0", "1e-9"]);
        assert_refuses("0", &["0.51", "1.5"]);
    }

    #[test]
    fn an_exponent_claims_significant_digits() {
        assert_accepts("1.2e-9", &["1.2e-9", "0.0000000012345", "1.24e-9"]);
        assert_accepts("1.2e-9", &["1.2E-9", "1.2e-9", "12.345e-10"]);
        assert_refuses("1.2e-9", &["1.2e-09"]);
        assert_refuses("1.2e-09", &["1.2e-9", "0.0000000012"]);
        assert_accepts("1.2e-09", &["1.2e-09", "1.23e-09"]);
        assert_refuses("1.2e-9", &["1e-9", "0.000000001", "1.26e-9", "1.2e-8"]);
        assert_accepts("1.0e1", &["9.96", "10.01", "1.04e1"]);
        assert_refuses("1.0e1", &["9.94", "1e1"]);
        assert_accepts("1e3", &["1e3", "1000", "1234.5", "9.6e2"]);
        assert_accepts("0e0", &["0.0", "0e0", "0"]);
        assert_refuses("0e0", &["0.001", "1"]);
        assert_accepts("0.0e0", &["0.0e0", "0.00"]);
        assert_refuses("0.0e0", &["0e0", "0"]);
        assert_accepts("0.0e7", &["0.0e7"]);
        assert_refuses("0.0e7", &["0.0e0", "0.00e7", "0.0"]);
    }

    #[test]
    fn halves_go_to_even() {
        assert_accepts("0.2", &["0.25", "0.15"]);
        assert_refuses("0.3", &["0.25"]);
        assert_accepts("0.3", &["0.250000000000000000000000001"]);
        assert_accepts("2", &["2.5", "1.5"]);
        assert_accepts("1.00", &["0.995", "0.9999999"]);
        assert_accepts("0.0", &["0.05"]);
        assert_accepts("0.1", &["0.0500000001"]);
        assert_accepts("0.00", &["0.0000001"]);
    }

    #[test]
    fn zeros_in_front_must_agree() {
        assert_accepts("007", &["007", "007.2"]);
        assert_refuses("007", &["7", "7.2", "07.2", "0007"]);
        assert_refuses("7", &["007.2", "007"]);
    }

    #[test]
    fn any_number_of_digits_is_exact() {
        let pi = format!("3.{}", "1415926535".repeat(400));
        let page = &pi[..2000];
        assert_accepts(page, &[&pi]);
        let next = format!("{}9", &page[..1999]);
        assert_refuses(&next, &[&pi]);
    }

    #[track_caller]
    fn assert_restated(page: &str, printed: &str, expected: &str) {
        let restated = decimal(page).restate(&decimal(printed));
        assert_eq!(restated, expected, "{printed} in the manner of {page}");
        assert!(decimal(&restated).accepts(&decimal(printed)));
    }

    #[test]
    fn a_number_is_restated_in_the_manner_of_the_page() {
        assert_restated("0.9803", "0.97034", "0.9703");
        assert_restated("0.98034", "0.9703", "0.9703");
        assert_restated("0.98", "12", "12");
        assert_restated("221", "220.00000000000003", "220");
        assert_restated("7", "0.2", "0");
        assert_restated("9.00", "0.0012", "0.00");
        assert_restated("9.00", "0.99999", "1.00");
        assert_restated("1.3e-9", "0.0000000012345", "1.2e-9");
        assert_restated("1.2e-8", "1.2345e-9", "1.2e-9");
        assert_restated("1.3E-9", "1.2345e-9", "1.2E-9");
        assert_restated("1.3e-9", "1.2345e-09", "1.2e-09");
        assert_restated("1.3e+9", "1234500000.5", "1.2e+9");
        assert_restated("0.5e-7", "9.5123e-7", "9.5e-7");
        assert_restated("0e-9", "2.5e-9", "2e-9");
        assert_restated("0.5e-7", "4e-8", "4e-8");
        assert_restated("0.0e7", "0.00e0", "0.0e0");
        assert_restated("4.0e0", "0.00e0", "0.0e0");
        assert_restated("1.3e9", "1e9", "1e9");
        assert_restated("1.3e2", "9.96e1", "1.0e2");
        assert_restated("1.3e2", "0.00", "0.0e0");
        assert_restated("12", "2.5e3", "2.5e3");
        assert_restated("007", "7.2", "7");
    }
}
