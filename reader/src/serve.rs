//! Serves the rendered book, and renders it anew when it changes.

mod guard;
mod news;
mod page;
mod policy;
mod port;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::Result;
use axum::Router;
use axum::body::Body;
use axum::extract::{self, Request, State, WebSocketUpgrade};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    HeaderValue, IF_MODIFIED_SINCE, RANGE, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use tokio::sync::{RwLock, watch};
use tower_http::services::{ServeDir, ServeFile};

use crate::digest;
use crate::live::{self, Live, RunLimits, Taken};
use crate::render::{Rendered, build};
use crate::watch::Changes;
use guard::{Guard, Refusal};
use news::News;
use page::Added;

/// Where, and for whom, to serve.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    /// The network address to listen at.
    pub host: IpAddr,
    /// The port; where there is none, 3000 or the next that is free.
    pub port: Option<u16>,
    /// Whether the reader may run cells.
    pub running: Running,
    /// What runs must not exceed.
    pub limits: RunLimits,
}

/// Whether a reader may run cells from the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Running {
    /// No: pages are read.
    Off,
    /// Yes, as far as the system can confine what a cell does.
    Confined,
    /// Yes, and a cell may do what its reader may do.
    Unconfined,
}

/// Renders and serves the book for as long as it is let run; `once_served` is
/// called with its address, and with the folder that the book is rendered in,
/// when a reader can have it. It must not block; what it returns is kept while
/// the book is served.
///
/// # Errors
///
/// The port is taken, or files cannot be watched. A book that has problems is
/// no error: they are printed, and it is rendered again when a file changes.
pub async fn serve<T>(
    root: PathBuf,
    address: Address,
    once_served: impl FnOnce(&str, &Path) -> T,
) -> Result<()> {
    let listener = port::listen(address.host, address.port).await?;
    let guard = Guard::new(listener.local_addr()?)?;
    let (plain, url) = (guard.plain_url(), guard.url());
    let is_live = address.running != Running::Off;
    let shared = Arc::new(Shared {
        book: RwLock::new(None),
        news: watch::Sender::default(),
        guard,
        live: is_live
            .then(|| {
                let confined = address.running == Running::Confined;
                Live::new(&root, confined, address.limits)
            })
            .transpose()?
            .map(Arc::new),
    });
    let router = Router::new()
        .route("/__reload", get(reload))
        .route("/__live", get(talk))
        .route("/__live/{name}", get(live::asset))
        .route("/__live/download/{*name}", post(download))
        .fallback(file)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), check))
        .with_state(Arc::clone(&shared));
    let _end = shared.live.clone().map(End);
    let mut changes = Changes::watch(&root)?;
    let first = {
        let (shared, root) = (Arc::clone(&shared), root.clone());
        move || shared.render(&root)
    };
    tokio::task::spawn_blocking(first).await?;
    if let Some(live) = &shared.live {
        live.prepare();
    }
    let served = Arc::clone(&shared);
    thread::spawn(move || {
        while changes.next().is_some() {
            shared.render(&root);
        }
    });
    let beside = served
        .book
        .read()
        .await
        .as_ref()
        .map_or_else(std::env::temp_dir, |book| book.rendered.beside.clone());
    let _kept = once_served(if is_live { &url } else { &plain }, &beside);
    // Else each answer to a page waits until the browser has said that it has
    // the one before, which it is in no hurry to say.
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}

/// Ends all runs when the server does, which a signal may have it do.
struct End(Arc<Live>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// What the parts of the server share.
struct Shared {
    /// The book as it was last rendered: locked for reading while a file of it
    /// is opened, and for writing while it is replaced.
    book: RwLock<Option<Book>>,
    /// What open pages are told.
    news: watch::Sender<News>,
    guard: Guard,
    /// What runs cells, where they may be run.
    live: Option<Arc<Live>>,
}

/// A book that is served.
struct Book {
    rendered: Rendered,
    digest: String,
}

impl Shared {
    /// What runs cells, for a request that may have that done.
    ///
    /// # Errors
    ///
    /// It may not.
    fn live_for(&self, headers: &HeaderMap) -> Result<Arc<Live>, Refusal> {
        let live = self.live.as_ref().ok_or("cells do not run here")?;
        Guard::check_origin(headers)?;
        self.guard.check_token(headers)?;
        Ok(Arc::clone(live))
    }

    /// Renders the book anew, or says why that cannot be done.
    fn render(&self, root: &Path) {
        let rendered = build(root).and_then(|fresh| {
            let digest = digest::of_folder(&fresh.folder())?;
            let mut book = self.book.blocking_write();
            let rendered = fresh.publish()?;
            if let Some(live) = &self.live {
                live.reload(root);
            }
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

/// What holds of every request, and of every answer.
async fn check(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match shared.guard.check_host(request.headers()) {
        Err(refusal) => refused(refusal),
        Ok(()) => match shared.guard.exchange(request.uri()) {
            Some(Err(refusal)) => refused(refusal),
            Some(Ok((place, cookie))) => {
                page::leading_to(&place, cookie, request.headers())
            }
            None => next.run(request).await,
        },
    };
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CROSS_ORIGIN_OPENER, "same-origin"),
        (CROSS_ORIGIN_RESOURCE, "same-origin"),
    ] {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    // What is not a page has no use for anything at all.
    response
        .headers_mut()
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(policy::OF_OTHERS));
    response
}

const CROSS_ORIGIN_OPENER: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

fn refused(refusal: Refusal) -> Response {
    (StatusCode::FORBIDDEN, format!("{refusal}\n")).into_response()
}

/// Tells a page of the book how the book is, for as long as it is open.
async fn reload(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if let Err(refusal) = Guard::check_origin(&headers) {
        return refused(refusal);
    }
    let news = shared.news.subscribe();
    upgrade
        .max_message_size(news::QUESTION_LIMIT)
        .max_frame_size(news::QUESTION_LIMIT)
        .on_upgrade(|page| news::tell(news, page))
}

/// Runs the cells of a page, for as long as it is open.
async fn talk(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let live = match shared.live_for(&headers) {
        Ok(live) => live,
        Err(refusal) => return refused(refusal),
    };
    upgrade
        .max_message_size(live::QUESTION_LIMIT)
        .max_frame_size(live::QUESTION_LIMIT)
        .on_upgrade(|page| live::talk(live, page))
}

/// Answers with a page to take away.
async fn download(
    State(shared): State<Arc<Shared>>,
    extract::Path(name): extract::Path<String>,
    request: Request,
) -> Response {
    let headers = request.headers();
    let live = shared.live_for(headers);
    let live = live.and_then(|live| Guard::check_json(headers).map(|()| live));
    let live = match live {
        Ok(live) => live,
        Err(refusal) => return refused(refusal),
    };
    let limit = live::QUESTION_LIMIT;
    let Ok(body) = axum::body::to_bytes(request.into_body(), limit).await
    else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let said = |status: StatusCode, why: String| {
        (status, format!("{why}\n")).into_response()
    };
    match live.download(&name, &body).await {
        Ok(Taken { name, mime, bytes }) => {
            let place = format!("attachment; filename=\"{name}\"");
            let headers = [
                (CONTENT_TYPE, HeaderValue::from_static(mime)),
                (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            let mut response = (headers, bytes).into_response();
            // A name that no header can hold is left to the page.
            if let Ok(place) = HeaderValue::try_from(place) {
                response.headers_mut().insert(CONTENT_DISPOSITION, place);
            }
            response
        }
        Err(live::Refused::Unknown) => said(
            StatusCode::NOT_FOUND,
            "the book has no such page, or section, to take away".to_owned(),
        ),
        Err(live::Refused::Misasked(why)) => said(StatusCode::BAD_REQUEST, why),
        Err(live::Refused::Busy) => said(
            StatusCode::SERVICE_UNAVAILABLE,
            "too much waits already: try again later".to_owned(),
        ),
        Err(live::Refused::Failed(why)) => {
            said(StatusCode::INTERNAL_SERVER_ERROR, why)
        }
    }
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
    let path = match request.uri().path() {
        "/" => "/index.html".to_owned(),
        path => path.to_owned(),
    };
    let has_token = shared.guard.check_token(request.headers()).is_ok();
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
        let added = Added {
            digest: book.as_ref().map_or("", |book| &book.digest),
            live: shared.live.as_ref().map(|live| {
                (live.name(path.trim_start_matches('/')), has_token)
            }),
        };
        page::with(response, &added).await
    } else {
        response
    }
}
