//! The files that a served page adds to those of the book.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The files, by name, and what they are.
const ASSETS: [(&str, &str, &str); 4] = [
    ("reload.js", SCRIPT, include_str!("../reload.js")),
    ("live.js", SCRIPT, include_str!("../../live/live.js")),
    ("live.css", STYLE, include_str!("../../live/live.css")),
    ("editor.js", SCRIPT, include_str!("../../live/editor.bundle.js")),
];

/// Answers with one of the files.
pub async fn asset(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|it| it.0 == name) {
        Some((_, kind, text)) => {
            let headers = [(CONTENT_TYPE, *kind), (CACHE_CONTROL, "no-cache")];
            (headers, *text).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
