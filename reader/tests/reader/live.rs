//! Cells that run from a page: who may run them, and what comes of it.
//!
//! The book is this project's own, whose package is built already.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket, client};

use crate::book::{package, program};

/// How long anything may take on a busy machine.
const LONG: Duration = Duration::from_mins(2);

/// `cargo book` on this project's book.
pub struct Server {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub host: String,
    token: String,
}

/// Headers of a request.
pub type Headers<'a> = &'a [(&'a str, &'a str)];

impl Server {
    pub fn start(arguments: &[&str]) -> Server {
        let root = package().join("..");
        let mut child = Command::new(program())
            .args(["--no-open", "--port", "0", "--offline", "--root"])
            .arg(root)
            .args(arguments)
            .stdin(Stdio::null())
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
        }
    }

    pub fn cookie(&self) -> String {
        let (_, port) = self.host.rsplit_once(':').expect("a port");
        format!("book-token-{port}={}", self.token)
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.host)
    }

    /// The whole answer to a request with these headers.
    fn ask(&self, method: &str, path: &str, headers: Headers) -> String {
        let mut stream = TcpStream::connect(&self.host).expect("it listens");
        stream.set_read_timeout(Some(LONG)).expect("a time limit");
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head += "Connection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).expect("it reads");
        let mut answer = Vec::new();
        // What is refused in the middle may be cut off.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The status that a WebSocket to this path is answered with.
    fn status(&self, path: &str, headers: Headers) -> u16 {
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
    fn open(&self, page: &str) -> Page {
        let (origin, cookie) = (self.origin(), self.cookie());
        let headers = [("Origin", &*origin), ("Cookie", &*cookie)];
        let socket = self.connect("/__live", &headers).expect("it is let in");
        let mut page = Page {
            socket,
            name: page.to_owned(),
            cells: Vec::new(),
        };
        assert_eq!(page.hear()["type"], "hello");
        page.say(&json!({ "type": "open", "page": page.name }));
        let told = page.hear();
        page.cells
            .clone_from(told["cells"].as_array().expect("cells"));
        page
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An open page.
struct Page {
    socket: WebSocket<TcpStream>,
    name: String,
    cells: Vec<Value>,
}

impl Page {
    fn say(&mut self, question: &Value) {
        let text = Message::text(question.to_string());
        self.socket.send(text).expect("it is read");
    }

    fn hear(&mut self) -> Value {
        loop {
            match self.socket.read().expect("an answer") {
                Message::Text(text) => {
                    return serde_json::from_str(&text).expect("JSON");
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The anchor of the first cell that just runs.
    fn first(&self) -> String {
        let is_it =
            |cell: &&Value| cell["kind"] == "run" && cell["missing"].is_null();
        let cell = self.cells.iter().find(is_it).expect("a cell");
        cell["anchor"].as_str().expect("an anchor").to_owned()
    }

    /// Asks for a run of the first cell with this code.
    fn start(&mut self, run: &str, code: &str) {
        let (page, until) = (self.name.clone(), self.first());
        self.say(&json!({
            "type": "run", "run": run, "page": page, "until": until,
            "edits": { until: code },
        }));
    }

    /// All that is told until the run ends.
    fn finish(&mut self, run: &str) -> Run {
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
    fn run(&mut self, code: &str) -> Run {
        self.start("run", code);
        self.finish("run")
    }
}

/// All that a page is told of a run.
struct Run(Vec<Value>);

impl Run {
    fn all(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |it| it["type"] == kind)
    }

    fn printed(&self, stream: &str) -> String {
        let out = self.all("out").filter(|it| it["stream"] == stream);
        out.filter_map(|it| it["text"].as_str()).collect()
    }

    fn done(&self) -> &Value {
        self.0.last().expect("an end")
    }

    /// How the cell ended.
    fn end(&self) -> &Value {
        self.all("end").next().unwrap_or(&Value::Null)
    }

    #[track_caller]
    fn assert_prints(&self, text: &str) {
        assert_eq!(self.printed("stdout"), text, "{:#?}", self.0);
        assert_eq!(self.done()["status"], "done", "{:#?}", self.0);
    }

    #[track_caller]
    fn assert_ends(&self, status: &str, message: &str) {
        let end = self.end();
        assert_eq!(end["status"], status, "{:#?}", self.0);
        let text = end["message"].as_str().unwrap_or_default();
        assert!(text.contains(message), "{:#?}", self.0);
    }
}

#[test]
fn only_its_own_pages_run_cells() {
    let server = Server::start(&[]);
    let (host, origin) = (server.host.clone(), server.origin());
    let cookie = server.cookie();
    let port = host.rsplit_once(':').expect("a port").1;
    let wrong = format!("book-token-{port}={}", "0".repeat(64));
    let evil = format!("evil.org:{port}");
    let elsewhere = format!("http://{evil}");
    let plain: Headers = &[("Origin", &origin), ("Cookie", &cookie)];
    assert_eq!(server.status("/__live", plain), 101);
    for (what, headers) in [
        ("no token", &[("Origin", &*origin)][..]),
        ("a wrong token", &[("Origin", &*origin), ("Cookie", &wrong)]),
        ("no origin", &[("Cookie", &*cookie)]),
        (
            "a foreign origin",
            &[("Origin", "http://evil.org"), ("Cookie", &cookie)],
        ),
        (
            "an origin of none",
            &[("Origin", "null"), ("Cookie", &cookie)],
        ),
        (
            "another port",
            &[("Origin", "http://127.0.0.1:1"), ("Cookie", &cookie)],
        ),
        (
            "a name that leads here",
            &[("Host", &evil), ("Origin", &elsewhere), ("Cookie", &cookie)],
        ),
    ] {
        assert_eq!(server.status("/__live", headers), 403, "{what}");
    }
    // The token in the address is for pages, and not for this.
    let path = format!("/__live?token={}", server.token);
    assert_ne!(server.status(&path, &[("Origin", &origin)]), 101);
    // Nor does a page of another site hear of the book.
    let elsewhere: Headers = &[("Origin", "http://evil.org")];
    assert_eq!(server.status("/__reload", elsewhere), 403);
    assert_eq!(server.status("/__reload", &[]), 403);
    assert_eq!(server.status("/__reload", &[("Origin", &origin)]), 101);

    let form: Headers = &[
        ("Host", &host),
        ("Origin", &origin),
        ("Cookie", &cookie),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Length", "0"),
    ];
    let answer = server.ask("POST", "/__live", form);
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
}

#[test]
fn a_token_is_given_once_and_kept_in_a_cookie() {
    let server = Server::start(&[]);
    let host: Headers = &[("Host", &server.host)];
    let path = format!("/preface.html?token={}&x=1", server.token);
    let answer = server.ask("GET", &path, host);
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
    let cookie = format!(
        "set-cookie: {}; Path=/; HttpOnly; SameSite=Strict\r\n",
        server.cookie()
    );
    assert!(answer.contains(&cookie), "{answer}");
    assert!(
        answer.contains("location: /preface.html?x=1\r\n"),
        "{answer}"
    );
    let answer = server.ask("GET", "/preface.html?token=0", host);
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(!answer.contains("set-cookie"), "{answer}");

    // Reading needs none, but a name of this machine.
    let answer = server.ask("GET", "/preface.html", host);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("data-token=\"false\""), "{answer}");
    let evil: Headers = &[("Host", "evil.org")];
    let answer = server.ask("GET", "/preface.html", evil);
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert_ne!(Server::start(&[]).token, server.token);
}

#[test]
fn a_page_says_what_it_may_do() {
    let server = Server::start(&[]);
    let cookie = server.cookie();
    let headers: Headers = &[("Host", &server.host), ("Cookie", &cookie)];
    let page = server.ask("GET", "/preface.html", headers);
    let (head, text) = page.split_once("\r\n\r\n").expect("a head");
    let start = "content-security-policy: ";
    let policy = head.lines().find_map(|line| line.strip_prefix(start));
    let policy = policy.expect("a policy");
    for part in [
        "default-src 'none'",
        "script-src 'self' 'sha256-",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    let scripts = policy.split("; ").find(|it| it.starts_with("script-src"));
    let scripts = scripts.expect("a rule for scripts");
    assert!(!scripts.contains("unsafe"), "{scripts}");
    assert!(head.contains("x-content-type-options: nosniff"), "{head}");
    assert!(!head.contains("access-control"), "{head}");
    assert!(text.contains("data-token=\"true\""));
    let asset = server.ask("GET", "/__live/live.js", headers);
    assert!(asset.starts_with("HTTP/1.1 200 "), "{asset}");
    assert!(asset.contains("nosniff"), "{asset}");
    for path in ["/__live/../../Cargo.toml", "/__live/%2e%2e%2fCargo.toml"] {
        let answer = server.ask("GET", path, headers);
        assert!(!answer.contains("[package]"), "{answer}");
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
}

#[test]
fn a_book_that_is_only_read_runs_nothing() {
    for arguments in [&["--no-run"][..], &["--host", "0.0.0.0"]] {
        let server = Server::start(arguments);
        assert_eq!(server.token, "");
        let port = server.host.rsplit_once(':').expect("a port").1.to_owned();
        let host = format!("127.0.0.1:{port}");
        let page = server.ask("GET", "/preface.html", &[("Host", &host)]);
        assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
        assert!(!page.contains("/__live/live.js"), "{page}");
        let origin = format!("http://{host}");
        let headers: Headers = &[("Host", &host), ("Origin", &origin)];
        assert_eq!(server.status("/__live", headers), 403);
    }
}

#[test]
fn a_changed_cell_prints_what_it_prints() {
    let server = Server::start(&[]);
    let mut page = server.open("simple-layers.html");
    let run = page.run("let x = 6;\nprintln!(\"{}\", x * 7);\nx");
    run.assert_prints("42\n6\n");
    assert_eq!(run.end()["accepted"], false);
    assert_eq!(run.printed("stderr"), "");
    // The same once more is not compiled again.
    let since = Instant::now();
    let run = page.run("let x = 6;\nprintln!(\"{}\", x * 7);\nx");
    run.assert_prints("42\n6\n");
    assert!(since.elapsed() < LONG);
    let run = page.run("eprintln!(\"beside\");\ndbg!(2);");
    assert!(run.printed("stderr").contains("beside"), "{:#?}", run.0);

    // What the compiler says has its place in the cell.
    let run = page.run("let x = 6;\nlet y: u8 = \"six\";");
    assert_eq!(run.done()["status"], "failed");
    let error = run.all("diagnostic").next().expect("an error");
    assert_eq!(error["code"], "E0308");
    assert_eq!(error["spans"][0]["line"], 2, "{error:#?}");
    assert_eq!(error["spans"][0]["cell"], *page.first());
    assert_eq!(run.end()["status"], "refused");

    let run = page.run("let x = 0;\npanic!(\"seven {x}\");");
    run.assert_ends("panicked", "seven 0");
    assert_eq!(run.end()["line"], 2);
    page.run("Err(\"no\")?;").assert_ends("error", "no");
    page.run("std::process::exit(3);")
        .assert_ends("exited", "3");
}

#[test]
fn all_cells_of_a_page_do_as_the_book_says() {
    let server = Server::start(&[]);
    for name in ["simple-layers.html", "affine.html"] {
        let mut page = server.open(name);
        let mut untils: Vec<(u64, String)> = Vec::new();
        for cell in &page.cells {
            let section = cell["section"].as_u64().expect("a number");
            let anchor = cell["anchor"].as_str().expect("an anchor");
            match untils.last_mut() {
                Some(last) if last.0 == section => last.1 = anchor.to_owned(),
                _ => untils.push((section, anchor.to_owned())),
            }
        }
        for (section, until) in untils {
            let run = format!("r{section}");
            page.say(&json!({
                "type": "run", "run": run, "page": name, "until": until,
            }));
            let run = page.finish(&run);
            assert_eq!(run.done()["status"], "done", "{:#?}", run.0);
            for end in run.all("end") {
                assert_ne!(end["accepted"], false, "{end:#?}");
            }
        }
    }
}

#[test]
fn what_misbehaves_is_ended() {
    let server = Server::start(&[]);
    let mut page = server.open("simple-layers.html");
    for (code, status, message) in [
        (
            "loop { println!(\"{}\", \"x\".repeat(1000)); }",
            "too-much",
            "KiB",
        ),
        (
            "let mut all = Vec::new();\n\
             loop { all.push(vec![1_u8; 1 << 24]); }",
            "",
            "",
        ),
        (
            "let mut all = Vec::new();\n\
             for _ in 0..200 {\n\
                 let sleep = std::process::Command::new(\"sleep\").arg(\"99\");\n\
                 all.push({ sleep }.spawn()?);\n\
             }\n\
             loop { std::thread::yield_now(); }",
            "",
            "",
        ),
    ] {
        let run = page.run(code);
        assert_eq!(run.done()["status"], "failed", "{:#?}", run.0);
        if !status.is_empty() {
            run.assert_ends(status, message);
        }
    }
    // Bytes that are no text are shown as such.
    let run = page.run(
        "use std::io::Write;\n\
         std::io::stdout().write_all(&[b'a', 0xff, b'\\n'])?;",
    );
    run.assert_prints("a\u{fffd}\n");
    page.run("println!(\"still here\");")
        .assert_prints("still here\n");
}

#[test]
fn a_run_is_stopped_wherever_it_is() {
    let server = Server::start(&[]);
    let mut page = server.open("simple-layers.html");
    page.start("endless", "println!(\"begun\");\nloop {}");
    while page.hear()["type"] != "out" {}
    page.say(&json!({ "type": "stop", "run": "endless" }));
    let run = page.finish("endless");
    assert_eq!(run.done()["status"], "stopped", "{:#?}", run.0);

    // A page that is closed takes its runs along.
    let mut gone = server.open("simple-layers.html");
    gone.start("endless", "println!(\"begun\");\nloop {}");
    while gone.hear()["type"] != "out" {}
    drop(gone);
    page.run("println!(\"next\");").assert_prints("next\n");

    // More than can wait are refused, and the others come to their turn.
    let mut ends = std::collections::BTreeMap::<String, usize>::new();
    for run in 0..200 {
        page.start(&format!("{run}"), "println!(\"again\");");
    }
    for _ in 0..200 {
        let mut answer = page.hear();
        while answer["type"] != "done" {
            answer = page.hear();
        }
        let status = answer["status"].as_str().expect("a status");
        *ends.entry(status.to_owned()).or_default() += 1;
    }
    assert!(
        ends["done"] >= 1 && ends.contains_key("refused"),
        "{ends:?}"
    );
    assert_eq!(ends.values().sum::<usize>(), 200, "{ends:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_cell_is_confined() {
    let server = Server::start(&[]);
    let mut page = server.open("simple-layers.html");
    let secret = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(secret.path(), "secret").expect("it is written");
    let secret = secret.path().display();
    for (code, message) in [
        (
            format!(
                "std::fs::read_to_string({secret:?})?;",
                secret = secret.to_string()
            ),
            "denied",
        ),
        (
            "std::fs::write(\"chapters/preface.md\", \"\")?;".to_owned(),
            "denied",
        ),
        (
            "std::net::TcpStream::connect(\"127.0.0.1:1\")?;".to_owned(),
            "denied",
        ),
    ] {
        page.run(&code).assert_ends("error", message);
    }
    // Nor does the compiler read it.
    let code = format!(
        "println!(\"{{}}\", include_str!({:?}));",
        secret.to_string()
    );
    let run = page.run(&code);
    assert_eq!(run.done()["status"], "failed", "{:#?}", run.0);
    assert!(
        !format!("{:?}", run.0).contains("secret\\n"),
        "{:#?}",
        run.0
    );
    // Its own folder is its own.
    page.run(
        "let own = std::env::temp_dir().join(\"own\");\n\
         std::fs::write(&own, \"text\")?;\n\
         println!(\"{}\", std::fs::read_to_string(&own)?);",
    )
    .assert_prints("text\n");
}

/// A question that is too long, or no question, ends the conversation; the
/// server goes on.
#[test]
fn nonsense_is_not_heard() {
    let server = Server::start(&[]);
    for text in ["", "{}", "[1", "{\"type\":\"run\"}", "{\"type\":\"shout\"}"] {
        let mut page = server.open("simple-layers.html");
        page.socket.send(Message::text(text)).expect("it is read");
        assert!(page.socket.read().is_err() || page.socket.read().is_err());
    }
    let mut page = server.open("simple-layers.html");
    let long = "x".repeat(4 << 20);
    let _ = page.socket.send(Message::text(long));
    assert!(page.socket.read().is_err() || page.socket.read().is_err());
    let mut page = server.open("simple-layers.html");
    page.run("println!(\"here\");").assert_prints("here\n");
}
