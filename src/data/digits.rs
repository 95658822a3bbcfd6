//! Handwritten-looking digits, drawn by strokes: a data set that is always
//! there.
//!
//! Each digit has a few ways of being written. One is chosen, bent, slanted,
//! turned, scaled and shifted at random, and drawn with a pen of random width,
//! white on black as in MNIST.

mod strokes;

use std::f64::consts::TAU;

use ndarray::{Array2, ArrayViewMut2};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};

use super::Dataset;
use crate::Labels;
use strokes::{Point, WAYS};

/// Pixels along one side of an image.
const SIDE: usize = 28;

const PIXELS: usize = SIDE * SIDE;

/// Draws `count` digits; the same seed gives the same digits on every run.
///
/// Each ten consecutive digits are 0 to 9 in some order, so the labels are
/// balanced, and a shorter data set is the start of a longer one.
///
/// ```
/// use backprop::digits;
///
/// let learn = digits::dataset(100, 1);
/// assert_eq!(learn.images.dim(), (100, 784));
/// assert_eq!(learn.labels.iter().filter(|&label| label == 7).count(), 10);
/// assert_eq!(digits::dataset(20, 1), learn.head(20));
/// ```
#[must_use]
pub fn dataset(count: usize, seed: u64) -> Dataset {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut labels = Vec::with_capacity(count);
    let mut images = Vec::with_capacity(count * PIXELS);
    let mut ten: [u8; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    while labels.len() < count {
        ten.shuffle(&mut rng);
        for &digit in ten.iter().take(count - labels.len()) {
            labels.push(digit);
            images.extend(draw(digit, &mut rng));
        }
    }
    let images = Array2::from_shape_vec((count, PIXELS), images)
        .expect("each image has 784 pixels");
    Dataset::new(images, Labels::new(labels))
}

/// One image, its 784 pixels in rows.
fn draw(digit: u8, rng: &mut ChaCha8Rng) -> Array2<u8> {
    let ways = WAYS[usize::from(digit)];
    let way = ways[rng.random_range(0..ways.len())];
    let hand = Hand::random(rng);
    let mut image = Array2::zeros((SIDE, SIDE));
    for stroke in way {
        let path: Vec<Point> =
            smooth(stroke).map(|point| hand.place(point)).collect();
        for ends in path.windows(2) {
            hand.line(ends[0], ends[1], &mut image.view_mut());
        }
    }
    image
}

/// One writer's one attempt: how a digit is bent, placed and inked.
struct Hand {
    /// Waves that bend the digit: where they come from, and how strong.
    waves: [Wave; 3],
    /// The linear map from the unit square to pixels, by rows.
    map: [[f64; 2]; 2],
    /// The middle of the digit, in pixels.
    middle: Point,
    /// Half the width of the pen, in pixels.
    radius: f64,
}

struct Wave {
    frequency: Point,
    phase: f64,
    amplitude: Point,
}

impl Hand {
    fn random(rng: &mut ChaCha8Rng) -> Self {
        let mut between = |low, high| rng.random_range(low..high);
        let waves = std::array::from_fn(|_| Wave {
            frequency: [between(-5.0, 5.0), between(-5.0, 5.0)],
            phase: between(0.0, TAU),
            amplitude: [between(-0.07, 0.07), between(-0.07, 0.07)],
        });
        let height = between(16.0, 20.5);
        let width = height * between(0.5, 0.85);
        let slant = between(-0.15, 0.45);
        let (sin, cos) = between(-0.2_f64, 0.2).sin_cos();
        Self {
            waves,
            map: [
                [width * cos, -height * (sin + slant * cos)],
                [width * sin, height * (cos - slant * sin)],
            ],
            middle: [between(12.5, 14.5), between(12.5, 14.5)],
            radius: between(0.7, 1.7),
        }
    }

    /// From the unit square to pixels.
    fn place(&self, [x, y]: Point) -> Point {
        let (mut right, mut down) = (x - 0.5, y - 0.5);
        for wave in &self.waves {
            let [across, along] = wave.frequency;
            let height = (across * x + along * y + wave.phase).sin();
            right += wave.amplitude[0] * height;
            down += wave.amplitude[1] * height;
        }
        let [[a, b], [c, d]] = self.map;
        let [middle_x, middle_y] = self.middle;
        [
            middle_x + a * right + b * down,
            middle_y + c * right + d * down,
        ]
    }

    /// Inks the pixels near a line, each by its distance from the line.
    fn line(&self, from: Point, to: Point, image: &mut ArrayViewMut2<u8>) {
        let reach = self.radius + 0.5;
        let columns = pixels(from[0].min(to[0]), from[0].max(to[0]), reach);
        for row in pixels(from[1].min(to[1]), from[1].max(to[1]), reach) {
            for column in columns.clone() {
                let pixel = [column as f64, row as f64];
                let ink = reach - distance(pixel, from, to);
                let value = &mut image[[row, column]];
                *value = shade(ink).max(*value);
            }
        }
    }
}

/// The pixels from `low - reach` to `high + reach` that are on the image.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to the image"
)]
fn pixels(low: f64, high: f64, reach: f64) -> std::ops::Range<usize> {
    let edge = |value: f64| value.clamp(0.0, SIDE as f64) as usize;
    edge((low - reach).ceil())..edge((high + reach).floor() + 1.0)
}

/// A share of ink from 0 to 1 as a byte.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to a byte"
)]
fn shade(ink: f64) -> u8 {
    (255.0 * ink.clamp(0.0, 1.0)).round() as u8
}

/// The distance of a point from a line between two points.
fn distance(point: Point, from: Point, to: Point) -> f64 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let away = [point[0] - from[0], point[1] - from[1]];
    let square = along[0] * along[0] + along[1] * along[1];
    let share = (away[0] * along[0] + away[1] * along[1]) / square;
    let share = if square > 0.0 {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    (away[0] - share * along[0]).hypot(away[1] - share * along[1])
}

/// Points along a smooth curve through the points of a stroke.
///
/// Source: Catmull and Rom, *A Class of Local Interpolating Splines* (1974).
fn smooth(stroke: &[Point]) -> impl Iterator<Item = Point> {
    const PARTS: usize = 6;
    let last = stroke.len() - 1;
    let curve = move |step: usize| {
        let (start, share) = (
            (step / PARTS).min(last),
            (step % PARTS) as f64 / PARTS as f64,
        );
        let at = |offset: usize| {
            stroke[(start + offset).saturating_sub(1).min(last)]
        };
        let (a, b, c, d) = (at(0), at(1), at(2), at(3));
        std::array::from_fn(|axis| {
            let (a, b, c, d) = (a[axis], b[axis], c[axis], d[axis]);
            let cubic = 3.0 * (b - c) + d - a;
            let square = 2.0 * a - 5.0 * b + 4.0 * c - d;
            let line = c - a;
            b + share * (line + share * (square + share * cubic)) / 2.0
        })
    };
    (0..=last * PARTS).map(curve)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn a_line_may_be_a_point() {
        let away = distance([3.0, 4.0], [0.0, 0.0], [0.0, 0.0]);
        assert!((away - 5.0).abs() < 1e-12, "{away}");
    }

    /// Another stroke, range or order of the draws would give other digits
    /// to all who have drawn some. That a library's sine differs in its last
    /// bit does not show: shades are rounded to a byte.
    #[test]
    fn a_seed_draws_the_digits_that_it_always_drew() {
        let Dataset { images, labels } = dataset(300, 1);
        let mut hasher = Sha256::new();
        hasher.update(images.as_slice().expect("they are in rows"));
        hasher.update(labels.as_slice());
        assert_eq!(hasher.finalize()[..4], [101, 209, 207, 34]);
    }
}
