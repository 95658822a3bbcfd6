//! Serves the rendered book, and renders it anew when it changes.

mod news;
mod page;
mod port;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::Result;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State, WebSocketUpgrade};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderValue, IF_MODIFIED_SINCE, RANGE,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::{RwLock, watch};
use tower_http::services::{ServeDir, ServeFile};

use crate::browser;
use crate::digest;
use crate::render::{Rendered, build};
use crate::watch::Changes;
use news::News;

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
        news: watch::Sender::default(),
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
    book: RwLock<Option<Book>>,
    /// What open pages are told.
    news: watch::Sender<News>,
}

/// A book that is served.
struct Book {
    rendered: Rendered,
    digest: String,
}

impl Shared {
    /// Renders the book anew, or says why that cannot be done.
    fn render(&self, root: &Path) {
        let rendered = build(root).and_then(|fresh| {
            let digest = digest::of_folder(&fresh.folder())?;
            let mut book = self.book.blocking_write();
            let rendered = fresh.publish()?;
            *book = Some(Book {
                rendered,
                digest: digest.clone(),
            });
            Ok(digest)
        });
        let news = match rendered {
            Ok(book) => News {
                book,
                problem: None,
            },
            Err(error) => {
                let problem = format!("{error:#}");
                eprintln!("{problem}\nthe book was not rendered anew");
                News {
                    problem: Some(problem),
                    ..self.news.borrow().clone()
                }
            }
        };
        self.news.send_if_modified(|old| {
            let is_new = *old != news;
            *old = news;
            is_new
        });
    }
}

/// Tells a page of the book how the book is, for as long as it is open.
async fn reload(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !news::is_ours(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let news = shared.news.subscribe();
    upgrade.on_upgrade(|page| news::tell(news, page))
}

/// Whether this is a style, a script or a font whose name ends in a hash of
/// what is in it, as mdBook names them: `book-609e4cb8.js`. Another content has
/// another name.
fn has_hash(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let Some((stem, kind)) = name.split_once('.') else {
        return false;
    };
    matches!(kind, "css" | "js" | "min.js" | "woff2")
        && stem.rsplit_once('-').is_some_and(|(_, hash)| {
            hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
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
    let is_named_by_content = has_hash(request.uri().path());
    let book = shared.book.read().await;
    let mut response = match &*book {
        Some(Book { rendered, .. }) => {
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
        None => page::of_problem(
            shared.news.borrow().problem.as_deref().unwrap_or_default(),
        ),
    };
    let keep = if is_named_by_content && response.status().is_success() {
        "max-age=31536000, immutable"
    } else {
        "no-store"
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    let is_page = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page && !is_head {
        let digest = book.as_ref().map_or("", |book| &book.digest);
        page::with_reload(response, digest).await
    } else {
        response
    }
}
