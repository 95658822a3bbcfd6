//! The conversation with one open page.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Live;
use super::protocol::{Answer, Order, Question, Status};
use super::run::Stop;

/// How many answers wait for a page that does not take them: then the cell
/// waits as well.
const WAITING: usize = 256;

/// How many runs one page may have asked for and not yet seen the end of.
const RUNS: usize = 64;

/// The longest name of a run.
const NAME: usize = 64;

/// Talks with a page until it is closed; then its runs are stopped.
pub async fn talk(live: Arc<Live>, mut page: WebSocket) {
    let (answers, mut waiting) = mpsc::channel(WAITING);
    let mut talk = Talk {
        live,
        answers,
        runs: HashMap::new(),
    };
    let hello = talk.live.hello();
    if talk.send(&mut page, &hello).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            answer = waiting.recv() => {
                let Some(answer) = answer else { return };
                if let Answer::Done { run, .. } = &answer {
                    talk.runs.remove(run);
                }
                if talk.send(&mut page, &answer).await.is_err() {
                    return;
                }
            }
            question = page.recv() => {
                let text = match question {
                    Some(Ok(Message::Text(text))) => text,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    // Closed, lost, or no text at all.
                    _ => return,
                };
                // A page of ours sends nothing else.
                let Ok(question) = serde_json::from_str(&text) else { return };
                if let Some(answer) = talk.hear(question)
                    && talk.send(&mut page, &answer).await.is_err()
                {
                    return;
                }
            }
        }
    }
}

/// One page, and what it has asked for.
struct Talk {
    live: Arc<Live>,
    answers: mpsc::Sender<Answer>,
    runs: HashMap<String, Arc<Stop>>,
}

impl Talk {
    /// Tells the page. One that does not take it has ended, or hangs, and must
    /// not keep the turn of its run from others.
    async fn send(
        &self,
        page: &mut WebSocket,
        answer: &Answer,
    ) -> Result<(), ()> {
        let text = serde_json::to_string(answer).map_err(|_| ())?;
        let sent = page.send(Message::text(text));
        let sent = timeout(self.live.limits.page, sent).await;
        sent.map_err(|_| ())?.map_err(|_| ())
    }

    fn hear(&mut self, question: Question) -> Option<Answer> {
        match question {
            Question::Open { page } => Some(Answer::Page {
                cells: self.live.cells(&page),
            }),
            Question::Run(order) => self.run(order),
            Question::Stop { run } => {
                if let Some(stop) = self.runs.get(&run) {
                    stop.now();
                }
                None
            }
        }
    }

    /// Begins a run, or says why not.
    fn run(&mut self, order: Order) -> Option<Answer> {
        let refuse = |message: &str| {
            Some(Answer::Done {
                run: order.run.chars().take(NAME).collect(),
                status: Status::Refused,
                message: Some(message.to_owned()),
                seconds: 0.0,
            })
        };
        if order.run.len() > NAME {
            return refuse("the run has too long a name");
        }
        if self.runs.contains_key(&order.run) {
            return refuse("another run has that name");
        }
        if self.runs.len() >= RUNS {
            return refuse("too many runs of this page wait already");
        }
        let stop = Arc::new(Stop::default());
        self.runs.insert(order.run.clone(), Arc::clone(&stop));
        let (live, answers) = (Arc::clone(&self.live), self.answers.clone());
        tokio::spawn(live.run(order, stop, answers));
        None
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        for stop in self.runs.values() {
            stop.now();
        }
    }
}
