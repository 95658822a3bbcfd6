//! Where the names of series stand.

use super::clip::{Point, clip};
use super::drawing::{NAME, Part};
use crate::draw::spread::{Need, spread};
use crate::draw::svg::{Anchor, Bounds, width};

/// What stands between rows of names.
const ROW: f64 = 16.0;
/// Ends nearer to each other than this do not say whose name is whose.
const CLOSE: f64 = 8.0;
/// What is between a line and a name along it.
const BESIDE: f64 = 5.0;
/// A name along its line is at least so far from any other, twice as far as
/// from its own. More than the last does not make it clearer.
const APART: [f64; 6] = [10.0, 15.0, 20.0, 30.0, 45.0, 60.0];

/// A name, and the end of the line that has it.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) look: usize,
    pub(super) name: String,
    pub(super) end: Point,
}

/// Where each name stands: its text's anchor, and the middle of its height.
///
/// A name stands beside the end of its line. One that would not be told from
/// another there, or would stand on a line, stands along its own line instead,
/// where that is furthest from the others, if there is room.
pub(super) fn label<'a>(
    labels: &'a [Label],
    lines: &[Vec<Part>],
    frame: Bounds,
    taken: &[Bounds],
) -> Vec<(&'a Label, f64, f64, Anchor)> {
    let mut taken = taken.to_vec();
    let mut placed = Vec::new();
    let mut ends = Vec::new();
    for label in labels {
        if is_at_its_end(label, labels, lines, frame) {
            ends.push(label);
        } else if let Some(place) = along(label, lines, frame, &taken) {
            taken.push(place);
            let x = f64::midpoint(place.left, place.right);
            let y = f64::midpoint(place.top, place.bottom);
            placed.push((label, x, y, Anchor::Middle));
        } else {
            ends.push(label);
        }
    }
    ends.sort_by(|one, other| one.end.1.total_cmp(&other.end.1));
    let needs: Vec<Need> = ends
        .iter()
        .map(|label| Need {
            wanted: label.end.1.max(frame.top).min(frame.bottom),
            above: ROW / 2.0,
            below: ROW / 2.0,
            weight: 1.0,
        })
        .collect();
    for (label, y) in ends.into_iter().zip(spread(&needs)) {
        let x = side(label, frame) + 10.0;
        placed.push((label, x, y, Anchor::Start));
    }
    placed
}

/// What a name at the end of its line stands beside: the chart, if the line
/// ends near there.
fn side(label: &Label, frame: Bounds) -> f64 {
    let is_near = label.end.0 > frame.right - 60.0;
    if is_near { frame.right } else { label.end.0 }
}

fn is_at_its_end(
    label: &Label,
    labels: &[Label],
    lines: &[Vec<Part>],
    frame: Bounds,
) -> bool {
    let (left, y) = (side(label, frame) + 10.0, label.end.1);
    let right = left + width(&label.name, NAME.size);
    let place = Bounds::new(left, y - ROW / 2.0, right, y + ROW / 2.0);
    let mut others = labels.iter().filter(|other| other.look != label.look);
    let is_told = !others.any(|other| {
        let (x, y) = (other.end.0 - label.end.0, other.end.1 - label.end.1);
        x.abs() < 60.0 && y.abs() < CLOSE
    });
    is_told && lines.iter().all(|line| is_clear(line, place, 0.0))
}

/// The best place along a line for its name.
fn along(
    label: &Label,
    lines: &[Vec<Part>],
    frame: Bounds,
    taken: &[Bounds],
) -> Option<Bounds> {
    let own = &lines[label.look];
    let half = width(&label.name, NAME.size) / 2.0;
    let mut best: Option<(f64, Bounds)> = None;
    let mut x = frame.left + half + 8.0;
    while x + half + 8.0 < frame.right {
        let strip = Bounds::new(x - half, frame.top, x + half, frame.bottom);
        let heights = own
            .iter()
            .filter_map(|part| clip(part.0, part.1, strip))
            .flat_map(|(start, end)| [start.1, end.1]);
        let (high, low) = heights
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(high, low), y| {
                (high.min(y), low.max(y))
            });
        for top in [high - BESIDE - ROW, low + BESIDE] {
            let place = Bounds::new(x - half, top, x + half, top + ROW);
            let is_free = top >= frame.top
                && top + ROW <= frame.bottom
                && taken.iter().all(|it| !touch(*it, place));
            if !is_free {
                continue;
            }
            let room = APART.into_iter().take_while(|&room| {
                let mut all = lines.iter().enumerate();
                all.all(|(look, line)| {
                    look == label.look || is_clear(line, place, room)
                })
            });
            let Some(room) = room.last() else {
                continue;
            };
            // A name beside a steep part is beside no part of it.
            let worth = room - (low - high);
            if best.is_none_or(|(most, _)| worth > most) {
                best = Some((worth, place));
            }
        }
        x += 4.0;
    }
    best.map(|(_, place)| place)
}

/// Whether a line keeps so far away from a place.
fn is_clear(line: &[Part], place: Bounds, room: f64) -> bool {
    let wide = Bounds::new(
        place.left - room,
        place.top - room,
        place.right + room,
        place.bottom + room,
    );
    line.iter().all(|part| clip(part.0, part.1, wide).is_none())
}

fn touch(one: Bounds, other: Bounds) -> bool {
    one.left <= other.right
        && other.left <= one.right
        && one.top <= other.bottom
        && other.top <= one.bottom
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Bounds = Bounds::new(0.0, 0.0, 400.0, 300.0);

    /// Where the names of lines stand, each given by its corners: `>` at the
    /// end of its line, `^` above it, `v` below it.
    fn places(lines: &[&[Point]]) -> String {
        let labels: Vec<Label> = lines
            .iter()
            .enumerate()
            .map(|(look, line)| Label {
                look,
                name: "name".to_owned(),
                end: line[line.len() - 1],
            })
            .collect();
        let parts: Vec<Vec<Part>> = lines
            .iter()
            .map(|it| it.windows(2).map(|it| (it[0], it[1])).collect())
            .collect();
        let mut found = label(&labels, &parts, FRAME, &[]);
        found.sort_by_key(|it| it.0.look);
        let half = width("name", NAME.size) / 2.0;
        let place = |&(label, x, y, anchor): &(&Label, f64, f64, Anchor)| {
            if anchor == Anchor::Start {
                return '>';
            }
            let place = Bounds::new(x - half, y - 8.0, x + half, y + 8.0);
            for line in &parts {
                assert!(is_clear(line, place, 3.0), "{place:?} {line:?}");
            }
            let strip = Bounds::new(x - 1.0, 0.0, x + 1.0, y);
            let own = &parts[label.look];
            if is_clear(own, strip, 0.0) { '^' } else { 'v' }
        };
        found.iter().map(place).collect()
    }

    #[track_caller]
    fn assert_places(lines: &[&[Point]], expected: &str) {
        assert_eq!(places(lines), expected, "{lines:?}");
    }

    #[test]
    fn names_stand_where_lines_are_told_apart() {
        let end = (400.0, 100.0);
        let (near, far) = ((400.0, 105.0), (400.0, 140.0));
        let high: &[Point] = &[(0.0, 20.0), (200.0, 50.0), end];
        assert_places(&[], "");
        assert_places(&[high], ">");
        assert_places(&[high, &[(0.0, 200.0), far]], ">>");
        // Two that meet, and a third that does not.
        assert_places(&[high, &[(0.0, 200.0), near]], "^^");
        assert_places(
            &[high, &[(0.0, 200.0), near], &[(0.0, 290.0), (400.0, 290.0)]],
            "^^>",
        );
        // No room above.
        let top: &[Point] = &[(0.0, 5.0), (200.0, 5.0), end];
        assert_places(&[top, &[(0.0, 200.0), near]], "v^");
        // Nowhere apart.
        assert_places(&[&[(0.0, 95.0), end], &[(0.0, 100.0), near]], ">>");
        // An end within the chart, free and on another line.
        let level: &[Point] = &[(0.0, 150.0), (400.0, 150.0)];
        assert_places(&[level, &[(0.0, 90.0), (200.0, 90.0)]], ">>");
        assert_places(&[level, &[(0.0, 90.0), (200.0, 150.0)]], ">^");
    }
}
