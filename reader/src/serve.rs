//! Serves the rendered book, and renders it anew when it changes.

mod port;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ws::{Message, WebSocket};
use axum::extract::{Request, State, WebSocketUpgrade};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue,
    IF_MODIFIED_SINCE, RANGE,
};
use axum::http::{Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::sync::{RwLock, broadcast};
use tower_http::services::{ServeDir, ServeFile};

use crate::browser;
use crate::render::{Rendered, build};
use crate::watch::Changes;

/// What a page needs to load itself again.
const RELOAD: &str = include_str!("reload.js");

/// Where, and for whom, to serve.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    /// The network address to listen at.
    pub host: IpAddr,
    /// The port; where there is none, 3000 or the next that is free.
    pub port: Option<u16>,
    /// Whether to open a browser.
    pub open: bool,
}

/// Renders and serves the book for as long as it is let run; `once_served` is
/// called when a reader can have it, and must not block.
///
/// # Errors
///
/// The port is taken, or files cannot be watched. A book that has problems is
/// no error: they are printed, and it is rendered again when a file changes.
pub async fn serve(
    root: PathBuf,
    address: Address,
    once_served: impl FnOnce(),
) -> Result<()> {
    let listener = port::listen(address.host, address.port).await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let shared = Arc::new(Shared {
        book: RwLock::new(None),
        problem: Mutex::default(),
        changed: broadcast::channel(1).0,
    });
    let router = Router::new()
        .route("/__reload", get(reload))
        .fallback(file)
        .with_state(Arc::clone(&shared));
    let mut changes = Changes::watch(&root)?;
    let first = {
        let (shared, root) = (Arc::clone(&shared), root.clone());
        move || shared.render(&root)
    };
    tokio::task::spawn_blocking(first).await?;
    thread::spawn(move || {
        while changes.next().is_some() {
            shared.render(&root);
        }
    });
    println!("the book is at {url} (Ctrl-C ends this)");
    if address.open {
        browser::open(&url);
    }
    once_served();
    axum::serve(listener, router).await?;
    Ok(())
}

/// What the parts of the server share.
struct Shared {
    /// The book as it was last rendered: locked for reading while a file of it
    /// is opened, and for writing while it is replaced.
    book: RwLock<Option<Rendered>>,
    /// Why the book was not rendered the last time, if it was not.
    problem: Mutex<String>,
    /// Says that the pages have changed.
    changed: broadcast::Sender<()>,
}

impl Shared {
    /// Renders the book anew, or prints why that cannot be done.
    fn render(&self, root: &Path) {
        let rendered = build(root).and_then(|fresh| {
            let mut book = self.book.blocking_write();
            *book = Some(fresh.publish()?);
            Ok(())
        });
        let problem = match rendered {
            Ok(()) => String::new(),
            Err(error) => format!("{error:#}"),
        };
        if problem.is_empty() {
            // Fails where no page is open.
            let _ = self.changed.send(());
        } else {
            eprintln!("{problem}\nthe book was not rendered anew");
        }
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }
}

/// Tells a page, once, that it is to load itself again.
async fn reload(
    State(shared): State<Arc<Shared>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let mut changed = shared.changed.subscribe();
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        tokio::select! {
            _ = changed.recv() => {
                let _ = socket.send(Message::text("reload")).await;
            }
            // The page was closed.
            _ = socket.recv() => {}
        }
    })
}

/// Answers with a file of the rendered book.
async fn file(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
) -> Response {
    // Pages are answered whole: they differ from the files by a script.
    for header in [RANGE, IF_MODIFIED_SINCE] {
        request.headers_mut().remove(header);
    }
    let is_head = request.method() == Method::HEAD;
    let book = shared.book.read().await;
    let mut response = match &*book {
        Some(rendered) => {
            let page = rendered.html.join(&rendered.not_found);
            ServeDir::new(&rendered.html)
                .not_found_service(ServeFile::new(page))
                .try_call(request)
                .await
                .map_or_else(
                    |_| StatusCode::INTERNAL_SERVER_ERROR.into_response(),
                    |response| response.map(Body::new),
                )
        }
        None => problem_page(&shared),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let is_page = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page && !is_head {
        with_reload(response).await
    } else {
        response
    }
}

/// What is shown while there is no book to show.
fn problem_page(shared: &Shared) -> Response {
    let problem = shared
        .problem
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let text = problem.replace('&', "&amp;").replace('<', "&lt;");
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">\
         <title>The book has problems</title><h1>The book has problems</h1>\
         <pre>{text}</pre></html>"
    );
    (StatusCode::INTERNAL_SERVER_ERROR, Html(page)).into_response()
}

/// The page, with the script that loads it again.
async fn with_reload(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut page = bytes.to_vec();
    let script = format!("<script>\n{RELOAD}</script>\n");
    let end = page.windows(7).rposition(|part| part == b"</html>");
    let place = end.unwrap_or(page.len());
    page.splice(place..place, script.into_bytes());
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from(page))
}
