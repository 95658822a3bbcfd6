//! The files that a served page adds to those of the book.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

macro_rules! assets {
    ($kind:expr, $($name:literal)*) => {
        [$(($name, $kind, include_str!(concat!("../../live/", $name)))),*]
    };
}

/// The files, by name, and what they are.
const SCRIPTS: [(&str, &str, &str); 10] = assets!(SCRIPT,
    "bar.js" "cell.js" "dom.js" "editor.js" "edits.js" "live.js" "output.js"
    "picture.js" "progress.js" "versions.js");
const OTHERS: [(&str, &str, &str); 2] = [
    ("live.css", STYLE, include_str!("../../live/live.css")),
    ("reload.js", SCRIPT, include_str!("../reload.js")),
];

/// Answers with one of the files.
pub async fn asset(Path(name): Path<String>) -> Response {
    match SCRIPTS.iter().chain(&OTHERS).find(|it| it.0 == name) {
        Some((_, kind, text)) => {
            let headers = [(CONTENT_TYPE, *kind), (CACHE_CONTROL, "no-cache")];
            (headers, *text).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
