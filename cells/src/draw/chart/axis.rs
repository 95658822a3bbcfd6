//! One axis of a chart: where a value stands, and which are written.

use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;

use crate::draw::number::{decimal, power_of_ten};

/// What is nearer to a tick, as a share of the whole, is on it.
const HAIR: f64 = 1e-6;
/// No picture needs more; and plotters must not run out of numbers.
const HUGE: f64 = 1e100;
/// The values of a chart lie over no more ticks than this.
const TICKS: f64 = 7.0;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spec {
    pub(super) is_log: bool,
    pub(super) range: Option<(f64, f64)>,
    /// Room beyond the outermost values, as a share of the whole.
    pub(super) room: f64,
    /// How far an end is moved out at most to stand on a tick, as a share of
    /// the whole.
    pub(super) slack: f64,
    /// Whether zero is shown if the values come near to it.
    pub(super) reaches_zero: bool,
}

impl Spec {
    /// Where a value stands on a scale with even steps, if it can.
    fn even(&self, value: f64) -> Option<f64> {
        if self.is_log {
            (value > 1.0 / HUGE && value < HUGE).then(|| value.log10())
        } else {
            (value.abs() < HUGE).then_some(value)
        }
    }

    /// The ends of the axis, on a scale with even steps, and its step.
    fn ends(&self, values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
        let given = self.range.and_then(|(one, other)| {
            let (one, other) = (self.even(one)?, self.even(other)?);
            is_wide(one, other).then_some((one.min(other), one.max(other)))
        });
        if let Some((low, high)) = given {
            return (low, high, self.step(low, high));
        }
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter_map(|value| self.even(value)) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if self.is_log {
            // Whole powers of ten; a hair beyond one is on it.
            low = (low + 1e-9).floor();
            high = (high - 1e-9).ceil();
            if high <= low {
                (low, high) = (low - 1.0, low + 1.0);
            }
        } else if !is_wide(low, high) {
            let room = (low.abs() * 0.5).max(0.5);
            (low, high) = (low - room, high + room);
        } else if self.reaches_zero && low >= 0.0 && low < 0.4 * high {
            low = 0.0;
        }
        let step = self.step(low, high);
        let most = (high - low) * self.slack.max(0.01);
        let hair = (high - low) * HAIR;
        let lower = ((low + hair) / step).floor() * step;
        let higher = ((high - hair) / step).ceil() * step;
        let room = (high - low) * self.room;
        low = if low - lower < most { lower } else { low };
        high = if higher - high < most { higher } else { high };
        (low - room, high + room, step)
    }

    /// The least clean step with few ticks between two ends.
    fn step(&self, low: f64, high: f64) -> f64 {
        let hair = (high - low) * HAIR;
        let mut power = 10_f64.powf(((high - low) / TICKS).log10().floor());
        if self.is_log {
            power = power.max(1.0);
        }
        let is_few = |step: &f64| {
            let first = ((low - hair) / step).ceil();
            ((high + hair) / step).floor() - first < TICKS
        };
        let mut steps = [1.0, 2.0, 5.0].map(|it| it * power).into_iter();
        steps.find(is_few).unwrap_or(10.0 * power)
    }
}

/// Whether two ends are so far apart that an axis can stand between them.
fn is_wide(one: f64, other: f64) -> bool {
    (one - other).abs() > 1e-9 * one.abs().max(other.abs()).max(1e-90)
}

pub(super) struct Axis {
    spec: Spec,
    ends: (f64, f64),
    step: f64,
    scale: RangedCoordf64,
    /// Where it begins and ends in the picture, in tenths.
    tenths: (i32, i32),
}

impl Axis {
    pub(super) fn new(
        spec: Spec,
        values: impl Iterator<Item = f64>,
        start: i32,
        end: i32,
    ) -> Axis {
        let (low, high, step) = spec.ends(values);
        Axis {
            spec,
            ends: (low, high),
            step,
            scale: (low..high).into(),
            tenths: (10 * start, 10 * end),
        }
    }

    /// Where a value stands in the picture.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        // A line to here is as steep to the eye, and plotters can count it.
        let far = 1e4 * (self.ends.1 - self.ends.0);
        let even = self
            .spec
            .even(value)?
            .clamp(self.ends.0 - far, self.ends.1 + far);
        Some(f64::from(self.scale.map(&even, self.tenths)) / 10.0)
    }

    /// A few places, with what is written there.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let hair = HAIR * (self.ends.1 - self.ends.0);
        let mut index = ((self.ends.0 - hair) / self.step).ceil();
        let mut ticks = Vec::new();
        while index * self.step <= self.ends.1 + hair {
            let point = index * self.step;
            let place = f64::from(self.scale.map(&point, self.tenths));
            ticks.push((place / 10.0, self.name(point, self.step)));
            index += 1.0;
        }
        ticks
    }

    fn name(&self, point: f64, step: f64) -> String {
        if self.spec.is_log {
            #[allow(clippy::cast_possible_truncation)]
            let exponent = point.round() as i32;
            return match exponent {
                0 => "1".to_owned(),
                1 => "10".to_owned(),
                exponent => power_of_ten(exponent),
            };
        }
        #[allow(clippy::cast_possible_truncation)]
        let power = (step.log10() + 1e-9).floor() as i32;
        if power < -4 || point.abs() >= 1e6 {
            return scientific(point, power);
        }
        decimal(point, usize::try_from(-power).unwrap_or(0))
    }
}

/// A number beside a power of ten, if that is not 1, to the digit that stands for `last`.
fn scientific(value: f64, last: i32) -> String {
    #[allow(clippy::cast_possible_truncation)]
    let power = match value.abs() {
        0.0 => return "0".to_owned(),
        size => ((size.log10() + 1e-9).floor() as i32).max(last),
    };
    let digits = usize::try_from(power - last).unwrap_or(0);
    let factor = decimal(value / 10_f64.powi(power), digits);
    if power == 0 {
        return factor;
    }
    format!("{factor} · {}", power_of_ten(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_far_beyond_the_ends_has_a_place() {
        let spec = Spec {
            range: Some((0.0, 1.0)),
            ..Spec::default()
        };
        for (start, end) in [(50, 500), (500, 50)] {
            let axis = Axis::new(spec, [].into_iter(), start, end);
            let place = |value: f64| axis.place(value).unwrap();
            let way = f64::from(end - start);
            for far in [1e3, 1e7, 1e99] {
                assert!((place(far) - place(-far)) * way > 1e8, "{far}");
            }
        }
    }

    #[track_caller]
    fn assert_ticks(spec: Spec, values: &[f64], expected: &[&str]) {
        let axis = Axis::new(spec, values.iter().copied(), 0, 500);
        let names: Vec<String> =
            axis.ticks().into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, expected, "{values:?}");
    }

    #[track_caller]
    fn assert_ends(slack: f64, values: (f64, f64), expected: (f64, f64)) {
        let spec = Spec {
            slack,
            ..Spec::default()
        };
        let (low, high, _) = spec.ends([values.0, values.1].into_iter());
        let is_near = |one: f64, other: f64| (one - other).abs() < 1e-9;
        assert!(
            is_near(low, expected.0) && is_near(high, expected.1),
            "{values:?} {low} {high}",
        );
    }

    #[test]
    fn ends_are_moved_out_to_a_tick() {
        assert_ends(1.0, (0.9045, 0.9798), (0.9, 0.98));
        assert_ends(1.0, (0.0, 1.0), (0.0, 1.0));
        assert_ends(1.0, (-0.3, 10.1), (-2.0, 12.0));
        assert_ends(1.0, (51.0, 51.2), (51.0, 51.2));
        assert_ends(0.1, (600.0, 10_000.0), (0.0, 10_000.0));
        assert_ends(0.1, (600.0, 10_800.0), (0.0, 10_800.0));
        assert_ends(0.1, (-6.0, 6.0), (-6.0, 6.0));
        assert_ends(0.1, (-5.5, 3.0), (-6.0, 3.0));
        assert_ends(0.1, (-5.0, 3.0), (-5.0, 3.0));
    }

    #[test]
    fn ticks_are_clean_numbers() {
        let even = Spec {
            slack: 1.0,
            ..Spec::default()
        };
        assert_ticks(
            even,
            &[0.0, 1.0],
            &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"],
        );
        assert_ticks(
            even,
            &[0.0, 10_000.0],
            &["0", "2,000", "4,000", "6,000", "8,000", "10,000"],
        );
        assert_ticks(even, &[], &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_ticks(
            even,
            &[f64::NAN, 3.0],
            &["1.5", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5"],
        );
        assert_ticks(
            even,
            &[1e-17, 1.4e-17],
            &[
                "1.0 · 10⁻¹⁷",
                "1.1 · 10⁻¹⁷",
                "1.2 · 10⁻¹⁷",
                "1.3 · 10⁻¹⁷",
                "1.4 · 10⁻¹⁷",
            ],
        );
        assert_ticks(
            even,
            &[1.0, 1.000_02],
            &["1.000000", "1.000005", "1.000010", "1.000015", "1.000020"],
        );
        assert_ticks(
            even,
            &[-1.0, 1.0],
            &["−1.0", "−0.5", "0.0", "0.5", "1.0"],
        );
        let log = Spec {
            is_log: true,
            ..even
        };
        assert_ticks(log, &[1.0, 1000.0], &["1", "10", "10²", "10³"]);
        assert_ticks(
            log,
            &[2e-11, 3e-8],
            &["10⁻¹¹", "10⁻¹⁰", "10⁻⁹", "10⁻⁸", "10⁻⁷"],
        );
        assert_ticks(log, &[0.0, -1.0, 1.0], &["10⁻¹", "1", "10"]);
        assert_ticks(
            log,
            &[1e-20, 1.0],
            &["10⁻²⁰", "10⁻¹⁵", "10⁻¹⁰", "10⁻⁵", "1"],
        );
    }
}
