//! Pictures of pixels, side by side.

mod png;

use std::borrow::Borrow;
use std::fmt::{self, Display};

use super::Number;
use super::number::short;
use super::svg::{Anchor, Bounds, Colour, Svg, Type, one_line, width};

/// The widest that a row of tiles grows for the sake of larger pixels.
const WIDTH: usize = 640;
/// Between two tiles, in units.
const GAP: usize = 8;
/// Below a tile with a label, in units.
const LABEL: usize = 20;
const TYPE: Type = Type::new(13.0, Colour::Ink);
/// The scale of the shades, in units.
const SCALE: (f64, f64) = (150.0, 12.0);
/// Tiles are no larger, in pixels.
const SIDE: usize = 256;

/// Small pictures, in rows: grey ones, and ones of numbers with signs.
///
/// Shades are rounded to 16 steps. A picture with too few pixels is filled up
/// with paper, or zero; what is too much is left out, and so is what is beyond
/// 256 pixels.
///
/// ```
/// use cells::draw::Images;
///
/// let mut ring = [0_u8; 9];
/// ring.fill(255);
/// ring[4] = 0;
/// let images = Images::new(2)
///     .image(3, ring, "a ring")
///     .signed(2, [-1.0, 0.0, 0.5, 1.0], "weights");
/// assert!(images.to_string().contains("data:image/png;base64,"));
/// ```
#[derive(Debug, Clone)]
pub struct Images {
    columns: usize,
    tiles: Vec<Tile>,
}

#[derive(Debug, Clone)]
struct Tile {
    side: usize,
    pixels: Pixels,
    label: String,
}

#[derive(Debug, Clone)]
enum Pixels {
    Ink(Vec<u8>),
    Signed(Vec<f64>),
}

impl Images {
    /// No pictures yet; there will be so many in a row.
    #[must_use]
    pub fn new(columns: usize) -> Images {
        Images {
            columns: columns.max(1),
            tiles: Vec::new(),
        }
    }

    /// Adds a picture with so many pixels on each side, row by row, from 0, the
    /// paper, to 255, the ink.
    #[must_use]
    pub fn image(
        self,
        side: usize,
        pixels: impl IntoIterator<Item = impl Borrow<u8>>,
        label: impl Display,
    ) -> Images {
        let pixels = pixels.into_iter().map(|pixel| *pixel.borrow()).collect();
        self.with(side, Pixels::Ink(pixels), &label)
    }

    /// Adds a picture of numbers: zero is mid grey, what is less is darker, and
    /// what is more is lighter. The number furthest from zero, of all these
    /// tiles, is black or white. A scale below the tiles says what it is.
    #[must_use]
    pub fn signed(
        self,
        side: usize,
        values: impl IntoIterator<Item = impl Number>,
        label: impl Display,
    ) -> Images {
        let values = values.into_iter().map(Number::number).collect();
        self.with(side, Pixels::Signed(values), &label)
    }

    fn with(
        mut self,
        side: usize,
        pixels: Pixels,
        label: &dyn Display,
    ) -> Images {
        self.tiles.push(Tile {
            side: side.min(SIDE),
            pixels,
            label: label.to_string(),
        });
        self
    }
}

/// How the tiles stand, in pixels, of which each is `scale` units wide.
struct Grid {
    columns: usize,
    rows: usize,
    side: usize,
    scale: usize,
    across: usize,
    down: usize,
    gap: usize,
}

impl Grid {
    fn new(images: &Images) -> Grid {
        let columns = images.columns.min(images.tiles.len()).max(1);
        let tiles = images.tiles.iter();
        let side = tiles.map(|tile| tile.side).max().unwrap_or(1).max(1);
        let room = (WIDTH / columns).saturating_sub(GAP).min(84);
        let scale = (room / side).max(1);
        let widest = images
            .tiles
            .iter()
            .map(|tile| width(&tile.short_label(), TYPE.size))
            .fold(0.0, f64::max);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let widest = (widest.ceil() as usize).div_ceil(scale);
        let label = if widest > 0 { LABEL } else { 0 };
        let gap = GAP.div_ceil(scale);
        Grid {
            columns,
            rows: images.tiles.len().div_ceil(columns),
            side,
            scale,
            across: side.max(widest) + gap,
            down: side + label.div_ceil(scale) + gap,
            gap,
        }
    }

    fn width(&self) -> usize {
        self.columns * self.across - self.gap
    }

    fn height(&self) -> usize {
        self.rows * self.down
    }

    /// The first column and row of a tile's own pixels.
    fn corner(&self, index: usize, side: usize) -> (usize, usize) {
        let x = (index % self.columns) * self.across;
        let left = (self.across - self.gap - side) / 2;
        (
            x + left,
            (index / self.columns) * self.down + self.side - side,
        )
    }

    fn units(&self, pixels: usize) -> f64 {
        (pixels * self.scale) as f64
    }
}

impl Tile {
    /// The label, as long as it may be.
    fn short_label(&self) -> String {
        let label = one_line(&self.label);
        if label.chars().count() <= 24 {
            return label;
        }
        label.chars().take(23).chain(['…']).collect()
    }
}

impl Display for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grid = Grid::new(self);
        let mut svg = Svg::default();
        if let Some(url) = self.ink(&grid) {
            let id = format!("ink-{:016x}", hash(&url));
            let image = element(&grid, &url);
            svg.element(format_args!(
                "<mask id=\"{id}\">\n{image}\n</mask>\n\
                 <rect width=\"{}\" height=\"{}\" mask=\"url(#{id})\" \
                 style=\"fill:var(--figure-ink)\"/>",
                grid.units(grid.width()),
                grid.units(grid.height()),
            ));
        }
        if let Some(url) = self.signs(&grid) {
            svg.element(element(&grid, &url));
        }
        let mut bottom = 0.0_f64;
        for (index, tile) in self.tiles.iter().enumerate() {
            let (x, y) = grid.corner(index, tile.side);
            let (x, y) = (grid.units(x), grid.units(y));
            let side = grid.units(tile.side);
            svg.reach(Bounds::new(x, y, x + side, y + side));
            if let Pixels::Ink(_) = tile.pixels {
                svg.element(format_args!(
                    "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" \
                     style=\"fill:none;stroke:var(--figure-faint)\"/>",
                    x - 0.5,
                    y - 0.5,
                    side + 1.0,
                    side + 1.0,
                ));
            }
            let label = tile.short_label();
            let below = if label.is_empty() { 0 } else { LABEL };
            bottom = bottom.max(y + side + below as f64);
            svg.text(x + side / 2.0, y + side + 15.0, TYPE, &label);
        }
        if let Some(largest) = self.largest() {
            scale(&mut svg, bottom, largest);
        }
        f.write_str(&svg.document(2.0))
    }
}

/// The shades of numbers with signs, and what the outermost stand for.
fn scale(svg: &mut Svg, bottom: f64, largest: f64) {
    let names = [short(-largest), "0".to_owned(), short(largest)];
    let (wide, high) = SCALE;
    let wide = wide.max(3.0 * width(&names[0], TYPE.size));
    let top = bottom + 8.0;
    let shades: Vec<u8> = (1..16).collect();
    let Some(url) = png::signs(shades.len(), 1, &shades) else {
        return;
    };
    let place = format!("y=\"{top}\" width=\"{wide:.0}\" height=\"{high}\"");
    svg.element(format_args!(
        "<image {place} preserveAspectRatio=\"none\" \
         style=\"image-rendering:pixelated\" href=\"{url}\"/>\n\
         <rect {place} style=\"fill:none;stroke:var(--figure-ink)\"/>",
    ));
    svg.reach(Bounds::new(0.0, top, wide, top + high));
    for (share, anchor, name) in [
        (0.0, Anchor::Start, &names[0]),
        (0.5, Anchor::Middle, &names[1]),
        (1.0, Anchor::End, &names[2]),
    ] {
        let x = (wide * share).round();
        svg.text(x, top + high + 15.0, TYPE.at(anchor), name);
    }
}

impl Images {
    /// The size of the number furthest from zero, if there is one.
    fn largest(&self) -> Option<f64> {
        self.tiles
            .iter()
            .filter_map(|tile| match &tile.pixels {
                // What is beyond the tile is not drawn.
                Pixels::Signed(values) => {
                    Some(values.iter().take(tile.side * tile.side))
                }
                Pixels::Ink(_) => None,
            })
            .flatten()
            .map(|value| value.abs())
            .filter(|value| value.is_finite() && *value > 0.0)
            .reduce(f64::max)
    }

    /// How much ink each pixel of the grid has, as an address.
    fn ink(&self, grid: &Grid) -> Option<String> {
        let shades = self.shades(grid, |pixels, index| match pixels {
            Pixels::Ink(pixels) => {
                let pixel = pixels.get(index).copied().unwrap_or(0);
                // The nearest of the shades 0, 17, 34 ... 255.
                u8::try_from((u16::from(pixel) + 8) / 17).ok()
            }
            Pixels::Signed(_) => None,
        })?;
        png::ink(grid.width(), grid.height(), &shades)
    }

    /// The shades of the numbers with signs, as an address.
    fn signs(&self, grid: &Grid) -> Option<String> {
        let largest = self.largest().unwrap_or(f64::MIN_POSITIVE);
        let shades = self.shades(grid, |pixels, index| match pixels {
            Pixels::Signed(values) => {
                let value = values.get(index).copied().unwrap_or(0.0);
                // What is no number becomes 0 here, and stands for zero.
                #[allow(clippy::cast_possible_truncation)]
                let steps = (value / largest * 7.0).round() as i8;
                u8::try_from(steps.clamp(-7, 7) + 8).ok()
            }
            Pixels::Ink(_) => None,
        })?;
        png::signs(grid.width(), grid.height(), &shades)
    }

    /// One shade for each pixel of the grid, if any tile has one.
    fn shades(
        &self,
        grid: &Grid,
        shade: impl Fn(&Pixels, usize) -> Option<u8>,
    ) -> Option<Vec<u8>> {
        let mut shades = vec![0; grid.width() * grid.height()];
        let mut is_any = false;
        for (index, tile) in self.tiles.iter().enumerate() {
            let (left, top) = grid.corner(index, tile.side);
            for pixel in 0..tile.side * tile.side {
                let (x, y) = (pixel % tile.side, pixel / tile.side);
                if let Some(shade) = shade(&tile.pixels, pixel) {
                    shades[(top + y) * grid.width() + left + x] = shade;
                    is_any = true;
                }
            }
        }
        is_any.then_some(shades)
    }
}

fn element(grid: &Grid, url: &str) -> String {
    format!(
        "<image width=\"{}\" height=\"{}\" \
         style=\"image-rendering:pixelated\" href=\"{url}\"/>",
        grid.units(grid.width()),
        grid.units(grid.height()),
    )
}

/// A name for a text that other texts on the page do not have (FNV-1a).
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::proof::assert_sound;

    #[track_caller]
    fn assert_texts(images: &Images, expected: &[&str]) {
        let found = assert_sound(&images.to_string());
        let found: Vec<&str> = found.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn labels_stand_under_the_tiles() {
        let tile = [9_u8; 784];
        let images = (0..7).fold(Images::new(3), |images, digit| {
            images.image(28, tile, digit)
        });
        assert_texts(&images, &["0", "1", "2", "3", "4", "5", "6"]);
        assert_texts(
            &images.image(28, tile, "0 & more").image(28, tile, ""),
            &["0", "1", "2", "3", "4", "5", "6", "0 & more"],
        );
    }

    #[test]
    fn odd_pictures_are_drawn_too() {
        let none: [u8; 0] = [];
        assert_texts(&Images::new(0), &[]);
        assert_texts(&Images::new(0).image(0, none, "none"), &["none"]);
        assert_texts(&Images::new(9).image(28, none, ""), &[]);
        assert_texts(&Images::new(9).image(1, [7; 5], "a"), &["a"]);
        assert_texts(&Images::new(9).signed(2, [0.0; 4], "0"), &["0"]);
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e308];
        assert_texts(
            &Images::new(9).signed(2, odd, "odd"),
            &["odd", "−1.00 · 10³⁰⁸", "0", "1.00 · 10³⁰⁸"],
        );
        let long = "a name that goes on and on".repeat(9);
        let images = Images::new(9).image(2, [0; 4], &long);
        assert_texts(&images, &["a name that goes on and…"]);
    }

    #[test]
    fn signs_have_a_scale() {
        let signed = |values: &[f64]| Images::new(9).signed(2, values, "");
        assert_texts(&signed(&[0.1, -0.4]), &["−0.4", "0", "0.4"]);
        // The fifth number is beyond the tile.
        assert_texts(&signed(&[0., 0., 2., 1., 9.]), &["−2", "0", "2"]);
        assert_texts(&signed(&[0.0, f64::NAN]), &[]);
        assert_texts(&Images::new(9).image(1, [7], "7"), &["7"]);
    }

    #[test]
    fn fifty_tiles_of_noise_are_a_small_file() {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8)
        };
        let mut images = Images::new(10);
        for _ in 0..50 {
            let tile: Vec<f64> = (0..784).map(|_| noise()).collect();
            images = images.signed(28, tile, "");
        }
        let size = images.to_string().len();
        assert!(size < 40_000, "{size}");
    }

    #[test]
    fn a_hair_is_not_seen() {
        let ink = |pixel: u8| Images::new(1).image(1, [pixel], "").to_string();
        assert_eq!(ink(255), ink(250));
        assert_ne!(ink(255), ink(240));
        let weight = |it: f64| Images::new(1).signed(1, [1.0, it], "");
        let two = |it: f64| weight(it).signed(1, [it], "").to_string();
        assert_eq!(two(0.5), two(0.500_001));
        assert_ne!(two(0.5), two(-0.5));
    }
}
