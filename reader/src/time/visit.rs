//! A page's side of the conversation with the server.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::http::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use tungstenite::{Message, WebSocket};
use ureq::Agent;

/// How long the server may be silent: a cell may compute for minutes.
const PATIENCE: Duration = Duration::from_mins(15);

/// An open page, which may show one after another.
pub struct Visit {
    socket: WebSocket<TcpStream>,
    /// How many runs it has asked for.
    runs: usize,
}

/// A cell of a page.
pub struct Cell {
    pub anchor: String,
    pub number: usize,
    pub code: String,
    /// Whether something would come of a press of its button.
    pub can_run: bool,
}

/// How long after the press of a button.
#[derive(Clone, Copy)]
pub struct Times {
    /// The first byte that is shown: cells above run first.
    pub first: Duration,
    /// The first that the cell itself shows, or its end where it shows nothing.
    pub own: Duration,
    /// The end of the run.
    pub done: Duration,
}

impl Visit {
    /// Opens the address that `cargo book` prints, as a browser does.
    ///
    /// # Errors
    ///
    /// The server does not answer as it should.
    pub fn begin(url: &str) -> Result<Visit> {
        let config = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false);
        let agent = config.build().new_agent();
        let answer = agent.get(url).call().context("the book's address")?;
        let header = |name| answer.headers().get(name)?.to_str().ok();
        let cookie = header(SET_COOKIE).and_then(|it| it.split(';').next());
        let (Some(cookie), Some(_)) = (cookie, header(LOCATION)) else {
            bail!("the server gives no cookie for its token");
        };
        let rest = url.strip_prefix("http://").unwrap_or(url);
        let (host, _) = rest.split_once('/').context("an address")?;
        let mut request =
            format!("ws://{host}/__live").into_client_request()?;
        let headers = request.headers_mut();
        headers.insert(COOKIE, cookie.parse()?);
        headers.insert(ORIGIN, format!("http://{host}").parse()?);
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let (socket, _) = tungstenite::client(request, stream)
            .map_err(|error| anyhow!("the server lets no page in: {error}"))?;
        let mut visit = Visit { socket, runs: 0 };
        visit.hear_of("hello")?;
        Ok(visit)
    }

    /// The cells of a page, by its name in the rendered book.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub fn cells(&mut self, page: &str) -> Result<Vec<Cell>> {
        self.say(&json!({ "type": "open", "page": page }))?;
        let answer = self.hear_of("page")?;
        // A reader reads first.
        self.hear_of("prepared")?;
        let cells = answer["cells"].as_array().into_iter().flatten();
        // What an exercise begins with is for its reader to end.
        let cells = cells.filter(|cell| cell["exercise"].is_null());
        Ok(cells
            .map(|cell| Cell {
                anchor: text(&cell["anchor"]),
                number: cell["number"]
                    .as_u64()
                    .and_then(|it| usize::try_from(it).ok())
                    .unwrap_or_default(),
                code: text(&cell["code"]),
                can_run: cell["missing"].is_null() && cell["kind"] != "ignore",
            })
            .collect())
    }

    /// Presses the button of a cell that the reader has changed to this code.
    ///
    /// # Errors
    ///
    /// A cell does not do what it should, or the connection is lost.
    pub fn run(
        &mut self,
        page: &str,
        cell: &Cell,
        code: &str,
    ) -> Result<Times> {
        self.runs += 1;
        let run = format!("run-{}", self.runs);
        let anchor = &cell.anchor;
        let order = json!({
            "type": "run", "run": run, "page": page, "until": anchor,
            "edits": { anchor: code },
        });
        let since = Instant::now();
        self.say(&order)?;
        let (mut first, mut own) = (None, None);
        let mut problems = String::new();
        loop {
            let answer = self.hear()?;
            let now = since.elapsed();
            let kind = answer["type"].as_str().unwrap_or_default();
            match kind {
                "out" | "picture" | "end" => {
                    first = first.or(Some(now));
                    if answer["cell"] == **anchor {
                        own = own.or(Some(now));
                    }
                }
                "done" if answer["status"] == "done" => {
                    return Ok(Times {
                        first: first.unwrap_or(now),
                        own: own.unwrap_or(now),
                        done: now,
                    });
                }
                _ => {}
            }
            for part in ["message", "rendered"] {
                if let Some(text) = answer[part].as_str() {
                    problems.push_str(text);
                    problems.push('\n');
                }
            }
            if kind == "done" {
                bail!("{}: {problems}", text(&answer["status"]));
            }
        }
    }

    fn say(&mut self, question: &Value) -> Result<()> {
        self.socket.send(Message::text(question.to_string()))?;
        Ok(())
    }

    fn hear(&mut self) -> Result<Value> {
        loop {
            match self.socket.read().context("the server is gone")? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Ping(_) | Message::Pong(_) => {}
                other => bail!("the server says {other}"),
            }
        }
    }

    fn hear_of(&mut self, kind: &str) -> Result<Value> {
        let answer = self.hear()?;
        if answer["type"] != kind {
            bail!("expected {kind:?} of the server, not {answer}");
        }
        Ok(answer)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
