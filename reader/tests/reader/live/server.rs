//! `cargo book`, and pages that talk with it.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket, client};

use crate::book::{Book, package, program};

/// How long anything may take on a busy machine.
pub const LONG: Duration = Duration::from_mins(2);

/// A page of this project's book whose first cell is short.
pub const PAGE: &str = "simple-layers.html";

/// `cargo book`, for as long as this value lives.
pub struct Server {
    pub child: Child,
    /// `127.0.0.1:PORT`.
    pub host: String,
    pub token: String,
    /// Where its runs have their folders.
    temporary: PathBuf,
    /// That, where it goes with the server.
    folder: Option<TempDir>,
}

/// Headers of a request.
pub type Headers<'a> = &'a [(&'a str, &'a str)];

/// The one server of this project's book, whose package is built already. It
/// ends when this process does.
pub fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| {
        let mut command = Command::new("sh");
        let script = "\"$@\" & server=$!; cat; kill $server; wait";
        command.args(["-c", script, "sh"]).arg(program());
        let temporary = program().with_file_name("live-tests");
        fs::create_dir_all(&temporary).expect("a folder");
        let limits = ["--limit", "memory=256"];
        Server::of(command, &package().join(".."), &limits, temporary)
    })
}

/// The one server of a book that has no cells.
pub fn of_fixture() -> &'static Server {
    static FIXTURE: OnceLock<(Book, Server)> = OnceLock::new();
    let (_, server) = FIXTURE.get_or_init(|| {
        let book = Book::new("");
        let mut command = Command::new("sh");
        // The book's own folder is left to this process, which has no end.
        let script =
            "\"$@\" & server=$!; cat; kill $server; wait; rm -r \"$0\"";
        command.args(["-c", script]).arg(book.root()).arg(program());
        let temporary = book.root();
        let server = Server::of(command, &book.root(), &[], temporary);
        (book, server)
    });
    server
}

impl Server {
    /// One of its own for this project's book.
    pub fn start(arguments: &[&str]) -> Server {
        Server::start_at(&package().join(".."), arguments)
    }

    /// One of its own for a book.
    pub fn start_at(root: &Path, arguments: &[&str]) -> Server {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().to_owned();
        let command = Command::new(program());
        let mut server = Server::of(command, root, arguments, path);
        server.folder = Some(folder);
        server
    }

    /// One that is started like this, with this folder for temporary ones.
    pub fn of(
        mut command: Command,
        root: &Path,
        arguments: &[&str],
        temporary: PathBuf,
    ) -> Server {
        let mut child = command
            .args(["--no-open", "--port", "0", "--offline", "--root"])
            .arg(root)
            .args(arguments)
            .env("TMPDIR", &temporary)
            .env("LIVE_TEST_SECRET", "secret")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let address = line.split_whitespace().find(|it| it.contains("://"));
        let address = address.expect("an address").to_owned();
        let rest = address.strip_prefix("http://").expect("http");
        let (host, query) = rest.split_once('/').expect("a path");
        let token = query.strip_prefix("?token=").unwrap_or_default();
        Server {
            child,
            host: host.to_owned(),
            token: token.to_owned(),
            temporary,
            folder: None,
        }
    }

    pub fn port(&self) -> &str {
        self.host.rsplit_once(':').expect("a port").1
    }

    pub fn cookie(&self) -> String {
        format!("book-token-{}={}", self.port(), self.token)
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.host)
    }

    /// The whole answer to a request with these headers.
    pub fn ask(&self, method: &str, path: &str, headers: Headers) -> String {
        self.send(method, path, headers, b"")
    }

    /// The whole answer to a request with this body.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: Headers,
        body: &[u8],
    ) -> String {
        let answer = self.send_for_bytes(method, path, headers, body);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The same, byte for byte.
    pub fn send_for_bytes(
        &self,
        method: &str,
        path: &str,
        headers: Headers,
        body: &[u8],
    ) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.host).expect("it listens");
        stream.set_read_timeout(Some(LONG)).expect("a time limit");
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !body.is_empty() {
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        head += "Connection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).expect("it reads");
        // It need not read what it refuses.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    /// The status that a WebSocket to this path is answered with.
    pub fn status(&self, path: &str, headers: Headers) -> u16 {
        match self.connect(path, headers) {
            Ok(_) => 101,
            Err(status) => status,
        }
    }

    fn connect(
        &self,
        path: &str,
        headers: Headers,
    ) -> Result<WebSocket<TcpStream>, u16> {
        let stream = TcpStream::connect(&self.host).expect("it listens");
        stream.set_read_timeout(Some(LONG)).expect("a time limit");
        let url = format!("ws://{}{path}", self.host);
        let mut request = url.into_client_request().expect("an address");
        for (name, value) in headers {
            let name = name.parse::<tungstenite::http::HeaderName>();
            let value = value.parse().expect("a value");
            request.headers_mut().insert(name.expect("a name"), value);
        }
        match client(request, stream) {
            Ok((socket, _)) => Ok(socket),
            Err(tungstenite::HandshakeError::Failure(
                tungstenite::Error::Http(response),
            )) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens a page.
    pub fn open(&self, page: &str) -> Page {
        let mut page = self.greet(page);
        page.say(&json!({ "type": "open", "page": page.name }));
        let told = page.hear();
        page.cells
            .clone_from(told["cells"].as_array().expect("cells"));
        page
    }

    /// Opens a page, which says nothing yet.
    pub fn greet(&self, page: &str) -> Page {
        let (origin, cookie) = (self.origin(), self.cookie());
        let headers = [("Origin", &*origin), ("Cookie", &*cookie)];
        let socket = self.connect("/__live", &headers).expect("it is let in");
        let mut page = Page {
            socket,
            name: page.to_owned(),
            cells: Vec::new(),
        };
        assert_eq!(page.hear()["type"], "hello");
        page
    }

    /// Another that has the same folder for temporary files.
    pub fn another(&self) -> Server {
        let command = Command::new(program());
        let root = package().join("..");
        Server::of(command, &root, &[], self.temporary.clone())
    }

    /// Where its runs have their folders.
    pub fn stage(&self) -> PathBuf {
        let names = self.temporary();
        self.temporary.join(names.first().expect("a folder"))
    }

    /// The processes that its runs have started, and that live.
    pub fn family(&self) -> Vec<PathBuf> {
        let home = format!("HOME={}/.cells-", self.temporary.display());
        let is_left = |process: &PathBuf| {
            let environment = fs::read(process.join("environ"));
            environment
                .is_ok_and(|it| String::from_utf8_lossy(&it).contains(&home))
        };
        let all = fs::read_dir("/proc").expect("a list").flatten();
        all.map(|it| it.path()).filter(is_left).collect()
    }

    /// What is in its folder for temporary files.
    pub fn temporary(&self) -> Vec<String> {
        let all = fs::read_dir(&self.temporary).expect("a list").flatten();
        let names = all.map(|it| it.file_name().to_string_lossy().into_owned());
        names.filter(|it| it.starts_with(".cells-")).collect()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        signal_to(self.child.id(), signal);
    }
}

pub fn signal_to(process: u32, signal: &str) {
    let mut kill = Command::new("kill");
    let kill = kill.args([signal, &process.to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()));
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until it is so.
#[track_caller]
pub fn wait_until(is_so: impl Fn() -> bool) {
    let patience = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < patience);
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Says that a test is not run, where that is seen though the test passes.
#[track_caller]
pub fn skip(why: &str) {
    let place = std::panic::Location::caller();
    let _ = writeln!(std::io::stderr(), "skipped, {place}: {why}");
}

/// An open page.
pub struct Page {
    pub socket: WebSocket<TcpStream>,
    pub name: String,
    pub cells: Vec<Value>,
}

impl Page {
    pub fn say(&mut self, question: &Value) {
        let text = Message::text(question.to_string());
        self.socket.send(text).expect("it is read");
    }

    pub fn hear(&mut self) -> Value {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    return serde_json::from_str(&text).expect("JSON");
                }
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                // A process that is held up for a while hears this as well.
                Err(tungstenite::Error::Io(error))
                    if error.kind() == ErrorKind::Interrupted => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Waits for an answer of this kind.
    pub fn hear_of(&mut self, kind: &str) -> Value {
        loop {
            let answer = self.hear();
            if answer["type"] == kind {
                return answer;
            }
        }
    }

    /// Waits until a run is as far as this.
    pub fn hear_state(&mut self, state: &str) -> Value {
        loop {
            let answer = self.hear_of("state");
            if answer["state"] == state {
                return answer;
            }
        }
    }

    /// The anchor of the first cell that just runs.
    pub fn first(&self) -> String {
        let is_it =
            |cell: &&Value| cell["kind"] == "run" && cell["missing"].is_null();
        let cell = self.cells.iter().find(is_it).expect("a cell");
        cell["anchor"].as_str().expect("an anchor").to_owned()
    }

    /// Asks for a run of the first cell with this code.
    pub fn start(&mut self, run: &str, code: &str) {
        let (page, until) = (self.name.clone(), self.first());
        self.say(&json!({
            "type": "run", "run": run, "page": page, "until": until,
            "edits": { until: code },
        }));
    }

    pub fn stop(&mut self, run: &str) {
        self.say(&json!({ "type": "stop", "run": run }));
    }

    /// All that is told until the run ends.
    pub fn finish(&mut self, run: &str) -> Run {
        let mut told = Vec::new();
        loop {
            let answer = self.hear();
            let is_end = answer["type"] == "done" && answer["run"] == run;
            told.push(answer);
            if is_end {
                return Run(told);
            }
        }
    }

    /// What comes of the first cell with this code.
    pub fn run(&mut self, code: &str) -> Run {
        self.start("run", code);
        self.finish("run")
    }

    /// Whether the conversation has been ended.
    pub fn is_closed(&mut self) -> bool {
        let limit = Some(Duration::from_secs(10));
        let stream = self.socket.get_ref();
        stream.set_read_timeout(limit).expect("a time limit");
        loop {
            match self.socket.read() {
                Err(tungstenite::Error::Io(error))
                    if error.kind() == ErrorKind::WouldBlock =>
                {
                    return false;
                }
                Ok(Message::Close(_)) | Err(_) => return true,
                Ok(Message::Text(_)) => return false,
                Ok(_) => {}
            }
        }
    }
}

/// All that a page is told of a run.
pub struct Run(pub Vec<Value>);

impl Run {
    pub fn all(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |it| it["type"] == kind)
    }

    pub fn printed(&self, stream: &str) -> String {
        let out = self.all("out").filter(|it| it["stream"] == stream);
        out.filter_map(|it| it["text"].as_str()).collect()
    }

    pub fn done(&self) -> &Value {
        self.0.last().expect("an end")
    }

    /// How the cell ended.
    pub fn end(&self) -> &Value {
        self.all("end").next().unwrap_or(&Value::Null)
    }

    #[track_caller]
    pub fn assert_prints(&self, text: &str) {
        assert_eq!(self.printed("stdout"), text, "{:#?}", self.0);
        assert_eq!(self.done()["status"], "done", "{:#?}", self.0);
    }

    #[track_caller]
    pub fn assert_ends(&self, status: &str, message: &str) {
        let end = self.end();
        assert_eq!(end["status"], status, "{:#?}", self.0);
        let text = end["message"].as_str().unwrap_or_default();
        assert!(text.contains(message), "{:#?}", self.0);
        assert_eq!(self.done()["status"], "failed", "{:#?}", self.0);
    }

    /// Asserts that the compiler says this, or that it could say nothing.
    #[track_caller]
    pub fn assert_refused(&self, message: &str) {
        let all = Value::from(self.0.clone()).to_string();
        assert_eq!(self.done()["status"], "failed", "{all}");
        assert!(all.contains(message), "no {message:?} in {all}");
    }
}

/// Whether the system can confine so far that signals are.
pub fn confines_signals() -> bool {
    keeper::confinement().is_ok_and(|version| version >= 6)
}

/// The folder of a user, with a key in it.
pub fn home() -> TempDir {
    let home = TempDir::new_in(env::temp_dir()).expect("a folder");
    fs::create_dir(home.path().join(".ssh")).expect("a folder");
    fs::write(home.path().join(".ssh/id"), "secret").expect("a file");
    home
}
