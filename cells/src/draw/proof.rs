//! What every picture must be, for the tests.

use roxmltree::Document;

use super::svg::{Bounds, width};

/// The texts of a picture, each with its place, after a look at the whole: it
/// is XML without blank lines, no text is small or beyond its edge, and no two
/// texts touch.
#[track_caller]
pub(crate) fn assert_sound(svg: &str) -> Vec<(String, Bounds)> {
    assert!(!svg.contains("\n\n"), "a blank line: {svg}");
    assert!(svg.ends_with("</svg>\n"), "{svg}");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    let document = Document::parse(svg).expect(svg);
    let view: Vec<f64> = document
        .root_element()
        .attribute("viewBox")
        .expect("a viewBox")
        .split(' ')
        .map(|part| part.parse().expect("a number"))
        .collect();
    let mut boxes: Vec<(String, Bounds)> = Vec::new();
    for element in document.descendants() {
        if !element.has_tag_name("text") {
            continue;
        }
        let text = element.text().unwrap_or_default().to_owned();
        let read = |name: &str| -> f64 {
            element.attribute(name).expect(name).parse().expect(name)
        };
        let style = element.attribute("style").expect("a style");
        let (_, size) = style.split_once("font-size:").expect("a size");
        let (size, _) = size.split_once("px").expect("a size in px");
        let size: f64 = size.parse().expect("a size");
        assert!(size >= 12.0, "{text} is small: {size}");
        let wide = width(&text, size);
        let left = match element.attribute("text-anchor") {
            None => read("x"),
            Some("middle") => read("x") - wide / 2.0,
            Some(_) => read("x") - wide,
        };
        let place = Bounds {
            left,
            top: read("y") - 0.7 * size,
            right: left + wide,
            bottom: read("y") + 0.2 * size,
        };
        assert!(
            place.left >= view[0]
                && place.top >= view[1]
                && place.right <= view[0] + view[2]
                && place.bottom <= view[1] + view[3],
            "{text} is beyond the edge: {place:?} {view:?}",
        );
        for (other, there) in &boxes {
            assert!(!touch(place, *there), "{text} touches {other}: {svg}");
        }
        boxes.push((text, place));
    }
    boxes
}

/// Whether two parts of the plane have more than an edge in common.
pub(crate) fn touch(one: Bounds, other: Bounds) -> bool {
    one.left < other.right
        && other.left < one.right
        && one.top < other.bottom
        && other.top < one.bottom
}
