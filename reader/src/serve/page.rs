//! Pages as they are served: with a script that keeps them like the book, and
//! one that runs their cells.

use std::fmt::Write;

use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::http::header::{
    CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HeaderValue,
};
use axum::response::{Html, IntoResponse, Response};

use super::policy;

/// What is added to a page.
pub struct Added<'a> {
    /// The digest of the page's book.
    pub digest: &'a str,
    /// Where cells may be run: the page's path, and whether its reader has the
    /// token.
    pub live: Option<(String, bool)>,
}

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

/// The page, with the scripts, and with the policy that lets these run.
pub async fn with(response: Response, added: &Added<'_>) -> Response {
    let (mut head, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await;
    let Some(mut page) = bytes.ok().and_then(|bytes| {
        // mdBook writes nothing but UTF-8.
        String::from_utf8(bytes.to_vec()).ok()
    }) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let policy = policy::of_page(&page);
    let end = page.rfind("</html>").unwrap_or(page.len());
    page.insert_str(end, &tags(added));
    head.headers.remove(CONTENT_LENGTH);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        head.headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    Response::from_parts(head, Body::from(page))
}

fn tags(added: &Added) -> String {
    let digest = added.digest;
    let mut tags = format!(
        "<script src=\"/__live/reload.js\" data-book=\"{digest}\"></script>\n"
    );
    if let Some((page, has_token)) = &added.live {
        let page = page.replace('&', "&amp;").replace('"', "&quot;");
        let _ = write!(
            tags,
            "<link rel=\"stylesheet\" href=\"/__live/live.css\">\n\
             <script type=\"module\" src=\"/__live/live.js\" \
             data-page=\"{page}\" data-token=\"{has_token}\"></script>\n"
        );
    }
    tags
}
