//! Pages as they are served: with a script that keeps them like the book.

use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::response::{Html, IntoResponse, Response};

/// What a page needs to show problems, and to load itself again.
const RELOAD: &str = include_str!("../reload.js");

/// What is shown while there is no book to show.
pub fn of_problem(problem: &str) -> Response {
    let text = problem.replace('&', "&amp;").replace('<', "&lt;");
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>The book has problems</title>\n\
         <h1>The book has problems</h1>\n\
         <pre id=\"problem\" role=\"alert\" style=\"white-space: pre-wrap\">\
         {text}</pre>\n</html>\n"
    );
    (StatusCode::INTERNAL_SERVER_ERROR, Html(page)).into_response()
}

/// The page, with the script, which is told the digest of the page's book.
pub async fn with_reload(response: Response, book: &str) -> Response {
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut page = bytes.to_vec();
    let script = format!("<script data-book=\"{book}\">\n{RELOAD}</script>\n");
    let end = page.windows(7).rposition(|part| part == b"</html>");
    let place = end.unwrap_or(page.len());
    page.splice(place..place, script.into_bytes());
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from(page))
}
