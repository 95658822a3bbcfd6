//! Lines as far as they are within a frame.

use crate::draw::svg::Bounds;

pub(super) type Point = (f64, f64);

/// The part of a straight line that is within a frame.
pub(super) fn clip(
    start: Point,
    end: Point,
    frame: Bounds,
) -> Option<(Point, Point)> {
    let (x, y) = (end.0 - start.0, end.1 - start.1);
    let (mut first, mut last) = (0.0_f64, 1.0_f64);
    for (step, room) in [
        (-x, start.0 - frame.left),
        (x, frame.right - start.0),
        (-y, start.1 - frame.top),
        (y, frame.bottom - start.1),
    ] {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            first = first.max(room / step);
        } else {
            last = last.min(room / step);
        }
    }
    let at = |share: f64| (start.0 + share * x, start.1 + share * y);
    (first <= last).then(|| (at(first), at(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_clipped(start: Point, end: Point, part: Option<(Point, Point)>) {
        let frame = Bounds::new(0.0, 0.0, 10.0, 10.0);
        assert_eq!(clip(start, end, frame), part, "{start:?} {end:?}");
    }

    #[test]
    fn a_line_ends_at_the_frame() {
        let (near, far) = ((1.0, 1.0), (9.0, 9.0));
        assert_clipped(near, far, Some((near, far)));
        assert_clipped(
            (5.0, -10.0),
            (5.0, 20.0),
            Some(((5.0, 0.0), (5.0, 10.0))),
        );
        assert_clipped((-5.0, 5.0), (5.0, 5.0), Some(((0.0, 5.0), (5.0, 5.0))));
        assert_clipped((-5.0, 5.0), (-1.0, 5.0), None);
        assert_clipped((5.0, 11.0), (6.0, 11.0), None);
        assert_clipped(near, near, Some((near, near)));
    }
}
