//! Pages as they are served: with a script that keeps them like the book, and
//! one that runs their cells.

use std::fmt::Write;

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HeaderValue,
    LOCATION, SET_COOKIE,
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

/// What leads on to another place, with this cookie set. The browser would not
/// send the cookie there at once if a page from elsewhere led here, such as the
/// file that `cargo book` opens; so that is told by a page of our own.
pub fn leading_to(
    place: &str,
    cookie: HeaderValue,
    headers: &HeaderMap,
) -> Response {
    let Ok(location) = HeaderValue::from_str(place) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let is_from_elsewhere = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "none" && site != "same-origin");
    let kept = HeaderValue::from_static("no-store");
    let headers = [(SET_COOKIE, cookie), (CACHE_CONTROL, kept)];
    if !is_from_elsewhere {
        let location = [(LOCATION, location)];
        return (StatusCode::SEE_OTHER, headers, location).into_response();
    }
    let place = attribute(place);
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <title>The book</title>\n\
         <meta http-equiv=\"refresh\" content=\"0; url={place}\">\n\
         <p><a href=\"{place}\">The book</a>\n</html>\n"
    );
    (headers, Html(page)).into_response()
}

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;")
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
        let page = attribute(page);
        let _ = write!(
            tags,
            "<link rel=\"stylesheet\" href=\"/__live/live.css\">\n\
             <script type=\"module\" src=\"/__live/live.js\" \
             data-page=\"{page}\" data-token=\"{has_token}\"></script>\n"
        );
    }
    tags
}
