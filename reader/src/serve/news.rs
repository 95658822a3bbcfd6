//! Tells every open page how the book is.

use axum::extract::ws::{Message, WebSocket};
use serde_json::json;
use tokio::sync::watch;

/// How long a message of a page may be, which has nothing to say.
pub const QUESTION_LIMIT: usize = 1 << 10;

/// How the book is. A page that hears of another book than its own loads
/// itself again; one that hears of a problem shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// The digest of the book that is served; empty while there is none.
    pub book: String,
    /// Why the book could not be rendered anew, unless it could.
    pub problem: Option<String>,
}

impl News {
    /// The message, `{"book": "9f3c...", "problem": null}`.
    fn to_json(&self) -> String {
        json!({ "book": self.book, "problem": self.problem }).to_string()
    }
}

/// Says how the book is, and says it again whenever that changes, until the
/// page is closed.
pub async fn tell(mut news: watch::Receiver<News>, mut page: WebSocket) {
    news.mark_changed();
    loop {
        tokio::select! {
            changed = news.changed() => {
                let message = news.borrow_and_update().to_json();
                let sent = page.send(Message::text(message));
                if changed.is_err() || sent.await.is_err() {
                    return;
                }
            }
            received = page.recv() => {
                if !matches!(received, Some(Ok(_))) {
                    return;
                }
            }
        }
    }
}
