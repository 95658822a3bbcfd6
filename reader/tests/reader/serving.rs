//! The server: pages, and what happens when the book changes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::book::Book;
use crate::together::together;

/// How long a change may take to be seen: far longer than it does.
const LONG: Duration = Duration::from_secs(10);

/// A server for a book, for as long as this value lives.
struct Server {
    child: Child,
    /// `127.0.0.1:PORT`.
    host: String,
    /// The lines of its standard error, as they come.
    errors: Receiver<String>,
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    fn start(book: &Book, arguments: &[&str]) -> Self {
        let mut child = book.command(arguments).spawn().expect("it runs");
        let stdout = child.stdout.take().expect("a pipe");
        let mut stdout = BufReader::new(stdout);
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let (sender, errors) = channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                // The test may have ended.
                let _ = sender.send(line);
            }
        });
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let (_, rest) = line.split_once("http://").unwrap_or_else(|| {
            let errors: Vec<_> = errors.iter().collect();
            panic!("no address in {line:?}: {}", errors.join("\n"))
        });
        let (host, _) = rest.split_once('/').expect("an address");
        Self {
            host: host.to_owned(),
            errors,
            child,
            _stdout: stdout,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.host).expect("it listens");
        stream.set_read_timeout(Some(LONG)).expect("a time limit");
        stream
    }

    /// The whole answer to a request, its head included.
    fn ask(&self, method: &str, path: &str) -> String {
        let mut stream = self.connect();
        let host = &self.host;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\n\
             Connection: close\r\n\r\n"
        )
        .expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[track_caller]
    fn assert_answers(&self, path: &str, status: u16, parts: &[&str]) {
        let answer = self.ask("GET", path);
        let head = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&head), "{path}: {answer}");
        for part in parts {
            assert!(answer.contains(part), "{path}: no {part} in {answer}");
        }
    }

    /// Waits until the page shows this.
    #[track_caller]
    fn assert_comes_to_show(&self, text: &str) {
        let start = Instant::now();
        while !self.ask("GET", "/one.html").contains(text) {
            assert!(start.elapsed() < LONG, "{text} never appears");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a change of the book has turned out not to be good.
    #[track_caller]
    fn assert_complains(&self) {
        self.assert_says("was not rendered anew");
    }

    /// Waits until standard error has a line with this.
    #[track_caller]
    fn assert_says(&self, part: &str) {
        let says = |line: &String| line.contains(part);
        while !says(&self.errors.recv_timeout(LONG).expect("an error")) {}
    }

    /// Ends it with a signal, as it should.
    #[cfg(unix)]
    #[track_caller]
    fn end(&mut self, signal: &str) {
        let kill = std::process::Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(kill.is_ok_and(|status| status.success()));
        let status = self.child.wait().expect("it ends");
        assert_eq!(status.code(), Some(0), "that is how it ends");
    }

    /// The connection of a page, and what its request was answered with.
    fn shake_hands(&self, origin: &str) -> (TcpStream, String) {
        let mut stream = self.connect();
        let host = &self.host;
        write!(
            stream,
            "GET /__reload HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n\
             Connection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        .expect("it reads");
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).expect("an answer");
            head.push(byte[0]);
        }
        (stream, String::from_utf8(head).expect("UTF-8"))
    }

    /// Opens a page, which hears at once how the book is.
    #[track_caller]
    fn open(&self) -> (Page, News) {
        let (stream, head) = self.shake_hands(&format!("http://{}", self.host));
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        let mut page = Page(stream);
        let news = page.hear();
        (page, news)
    }
}

/// A page that is open in a browser.
struct Page(TcpStream);

/// What a page is told.
#[derive(Debug, PartialEq)]
struct News {
    book: String,
    problem: Option<String>,
}

impl Page {
    /// Waits for the next message.
    #[track_caller]
    fn hear(&mut self) -> News {
        // A text frame that is whole, and as long as it says.
        let [kind, short] = self.bytes();
        assert_eq!(kind, 0x81);
        let length = if short == 126 {
            u16::from_be_bytes(self.bytes()).into()
        } else {
            usize::from(short)
        };
        let mut text = vec![0; length];
        self.0.read_exact(&mut text).expect("a message");
        let message: Value = serde_json::from_slice(&text).expect("JSON");
        News {
            book: message["book"].as_str().expect("a digest").to_owned(),
            problem: message["problem"].as_str().map(str::to_owned),
        }
    }

    #[track_caller]
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes).expect("a message");
        bytes
    }
}

impl News {
    /// Whether this is a book that has the problem.
    fn has(&self, problem: &str) -> bool {
        let found = self.problem.as_deref();
        found.is_some_and(|found| found.contains(problem))
    }

    fn is_good(&self) -> bool {
        !self.book.is_empty() && self.problem.is_none()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const ANYWHERE: [&str; 3] = ["--no-open", "--port", "0"];

#[test]
fn files_are_answered_with_their_kind() {
    let book = Book::new("");
    book.write("chapters/figure.svg", "<svg/>");
    let server = Server::start(&book, &ANYWHERE);
    server.assert_answers(
        "/one.html",
        200,
        &[
            "content-type: text/html",
            "cache-control: no-store",
            "As it was.",
            "<script src=\"/__live/reload.js\" data-book=",
            "</html>",
        ],
    );
    // What has a hash in its name is not asked for twice.
    let page = book.read("target/book/one.html");
    let script = page.split('"').find(|part| part.starts_with("book-"));
    let script = format!("/{}", script.expect("mdBook's script"));
    server.assert_answers(
        &script,
        200,
        &["cache-control: max-age=", "immutable"],
    );
    let other = script.replace(".js", "0.js");
    server.assert_answers(&other, 404, &["cache-control: no-store"]);
    server.assert_answers("/", 200, &["As it was."]);
    server.assert_answers("/one.html?search=x", 200, &["As it was."]);
    server.assert_answers("/css/general.css", 404, &[]);
    server.assert_answers("/figure.svg", 200, &["content-type: image/svg+xml"]);
    server.assert_answers(
        "/nothing.html",
        404,
        &["content-type: text/html", "not found", "/__live/reload.js"],
    );
    let head = server.ask("HEAD", "/one.html");
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"));
    assert!(server.ask("POST", "/one.html").starts_with("HTTP/1.1 405 "));
    // The script is the server's, not the book's.
    assert!(!book.read("target/book/one.html").contains("__live"));
}

#[test]
fn nothing_outside_of_the_book_is_answered() {
    let book = Book::new("");
    let server = Server::start(&book, &ANYWHERE);
    for path in [
        "/../../book.toml",
        "/%2e%2e/%2e%2e/book.toml",
        "/..%2f..%2fbook.toml",
        "/css/../../../book.toml",
        "//etc/passwd",
    ] {
        let answer = server.ask("GET", path);
        assert!(!answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
        assert!(!answer.contains("build-dir"), "{path}: {answer}");
        assert!(!answer.contains("root:"), "{path}: {answer}");
    }
}

#[test]
fn changes_of_the_book_are_followed() {
    together(&[
        (
            "an_edit_is_shown_and_an_error_survived",
            an_edit_is_shown_and_an_error_survived,
        ),
        (
            "the_same_book_is_not_loaded_again",
            the_same_book_is_not_loaded_again,
        ),
        (
            "settings_and_new_pages_take_effect",
            settings_and_new_pages_take_effect,
        ),
        (
            "what_a_page_shows_lines_of_is_watched",
            what_a_page_shows_lines_of_is_watched,
        ),
        #[cfg(unix)]
        (
            "what_a_link_leads_to_is_watched",
            what_a_link_leads_to_is_watched,
        ),
        #[cfg(unix)]
        (
            "what_is_rendered_is_no_change",
            what_is_rendered_is_no_change,
        ),
        (
            "a_book_that_never_was_good_shows_its_problems",
            a_book_that_never_was_good_shows_its_problems,
        ),
    ]);
}

fn an_edit_is_shown_and_an_error_survived() {
    let book = Book::new("");
    let server = Server::start(&book, &ANYWHERE);
    let (mut page, first) = server.open();
    assert!(first.is_good(), "{first:?}");
    book.page("# One\n\nAs it is now.\n");
    let second = page.hear();
    assert!(second.is_good() && second.book != first.book, "{second:?}");
    let digest = format!("data-book=\"{}\">", second.book);
    server.assert_answers("/one.html", 200, &["As it is now.", &digest]);

    // An error keeps the last good book, and every page shows it.
    book.page("# One\n\nA $\\nonsense$.\n");
    let broken = page.hear();
    assert!(broken.has("chapters/one.md:3: the formula"), "{broken:?}");
    assert_eq!(broken.book, second.book);
    server.assert_complains();
    server.assert_answers("/one.html", 200, &["As it is now.", &digest]);
    let (_, late) = server.open();
    assert_eq!(late, broken);
    book.page("# One\n\nA $\\rubbish$.\n");
    assert!(page.hear().has("rubbish"));

    book.page("# One\n\nMended.\n");
    let third = page.hear();
    assert!(third.is_good() && third.book != second.book, "{third:?}");
    server.assert_answers("/one.html", 200, &["Mended."]);
    assert_eq!(book.list("target"), ["book"]);
}

fn the_same_book_is_not_loaded_again() {
    let book = Book::new("");
    let server = Server::start(&book, &ANYWHERE);
    let (mut page, first) = server.open();
    let good = book.read("chapters/one.md");
    book.page("# One\n\nA $\\nonsense$.\n");
    assert!(page.hear().has("nonsense"));
    book.page(&good);
    assert_eq!(page.hear(), first);
}

#[test]
fn the_pages_of_other_sites_hear_nothing() {
    let book = Book::new("");
    let server = Server::start(&book, &ANYWHERE);
    for origin in ["http://example.org", "null", "http://127.0.0.1:1"] {
        let (_, head) = server.shake_hands(origin);
        assert!(head.starts_with("HTTP/1.1 403 "), "{origin}: {head}");
    }
}

fn settings_and_new_pages_take_effect() {
    let book = Book::new("");
    let server = Server::start(&book, &ANYWHERE);
    let settings = book.read("book.toml");
    book.write("book.toml", settings.replace("Fixture", "Renamed"));
    server.assert_comes_to_show("Renamed");
    // As editors do it: another file takes the page's place.
    book.write("chapters/one.md~", "# One\n\nReplaced.\n");
    let chapters = book.root().join("chapters");
    std::fs::rename(chapters.join("one.md~"), chapters.join("one.md"))
        .expect("a file");
    server.assert_comes_to_show("Replaced.");
    book.write("chapters/part/two.md", "# Two\n");
    book.write(
        "chapters/SUMMARY.md",
        "# Summary\n\n- [One](one.md)\n- [Two](part/two.md)\n",
    );
    server.assert_comes_to_show("part/two.html");
}

fn what_a_page_shows_lines_of_is_watched() {
    let book = Book::new("");
    let excerpt = "# One\n\n```rust,from=src/lib.rs\nfn one() {}\n```\n";
    book.write("src/lib.rs", "fn one() {}\n");
    book.page(excerpt);
    let server = Server::start(&book, &ANYWHERE);
    book.write("src/lib.rs", "fn two() {}\n");
    let (mut page, news) = server.open();
    let news = if news.is_good() { page.hear() } else { news };
    assert!(news.has("chapters/one.md:4: the excerpt"), "{news:?}");
    book.write("src/lib.rs", "/// One.\nfn one() {}\n");
    assert!(page.hear().is_good());
}

#[cfg(unix)]
fn what_a_link_leads_to_is_watched() {
    use std::os::unix::fs::symlink;
    let book = Book::new("");
    let chapters = book.root().join("chapters");
    book.write("elsewhere/page.md", "# One\n\nAs it was.\n");
    book.write("pictures/more/figure.txt", "old");
    std::fs::remove_file(chapters.join("one.md")).expect("a file");
    symlink("../elsewhere/page.md", chapters.join("one.md")).expect("a link");
    symlink("../pictures", chapters.join("pictures")).expect("a link");
    let server = Server::start(&book, &ANYWHERE);
    let (mut page, _) = server.open();
    book.write("elsewhere/page.md", "# One\n\nAs it is now.\n");
    assert!(page.hear().is_good());
    server.assert_answers("/one.html", 200, &["As it is now."]);
    book.write("pictures/more/figure.txt", "new");
    assert!(page.hear().is_good());
    server.assert_answers("/pictures/more/figure.txt", 200, &["new"]);
}

#[cfg(unix)]
fn what_is_rendered_is_no_change() {
    use std::os::unix::fs::MetadataExt;
    let book = Book::new("");
    let settings = book.read("book.toml");
    let settings =
        settings.replace("[build]\n", "[build]\nextra-watch-dirs = [\".\"]\n");
    book.write("book.toml", settings);
    let server = Server::start(&book, &ANYWHERE);
    book.page("# One\n\nAs it is now.\n");
    server.assert_comes_to_show("As it is now.");
    let rendered = || {
        let folder = book.root().join("target/book").metadata();
        folder.expect("a folder").ino()
    };
    thread::sleep(Duration::from_millis(200));
    let before = rendered();
    thread::sleep(Duration::from_millis(600));
    assert_eq!(rendered(), before, "it is rendered again and again");
}

fn a_book_that_never_was_good_shows_its_problems() {
    let book = Book::new("");
    book.page("# One\n\nA $\\nonsense<$.\n");
    let server = Server::start(&book, &ANYWHERE);
    let problem = "chapters/one.md:3: the formula $\\nonsense&lt;$";
    server.assert_answers("/", 500, &[problem, "/__live/reload.js"]);
    server.assert_answers("/", 500, &["data-book=\"\">"]);
    let (mut page, news) = server.open();
    assert!(news.has("nonsense<$") && news.book.is_empty(), "{news:?}");
    book.page("# One\n\nMended.\n");
    assert!(page.hear().is_good());
    server.assert_answers("/one.html", 200, &["Mended."]);
}

#[test]
fn a_book_is_not_rendered_among_its_pages() {
    let book = Book::new("");
    let settings = book.read("book.toml");
    for build_dir in ["chapters/book", "chapters/deep/er", "./chapters/book"] {
        book.write("book.toml", settings.replace("target/book", build_dir));
        let found = format!("build-dir = \"{build_dir}\" is inside of");
        book.run(&["build"])
            .fails(&[&found, "name a folder outside"]);
        assert_eq!(book.list("chapters"), ["SUMMARY.md", "one.md"]);
    }
}

#[test]
fn options_for_serving_are_for_serving() {
    let book = Book::new("");
    book.run(&["--port", "3", "build"])
        .fails(&["--port is for serving", "leave out"]);
    assert_eq!(book.list("target"), [""; 0]);
}

#[test]
fn a_taken_port_is_named() {
    let book = Book::new("");
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = other.local_addr().expect("an address").port().to_string();
    book.run(&["--no-open", "--port", &port])
        .fails(&["port", &port, "is taken"]);
    // Where no port is named, the next free one is taken.
    let _default = TcpListener::bind("127.0.0.1:3000");
    let server = Server::start(&book, &["--no-open"]);
    assert_ne!(server.host, "127.0.0.1:3000");
    server.assert_answers("/", 200, &[]);
}

/// A data set that is at this mirror.
fn settings(mirror: &str) -> String {
    format!(
        "[preprocessor.cells.data.tiny]\nfolder = \"data/tiny\"\n\
         mirrors = [\"http://{mirror}/\"]\n\
         [preprocessor.cells.data.tiny.files]\n\
         one = {{ bytes = 1, sha256 = \"{}\" }}\n",
        "0".repeat(64)
    )
}

#[test]
fn missing_data_does_not_keep_the_book_from_its_reader() {
    let book = Book::new(&settings("127.0.0.1:9"));
    for (arguments, warning) in [
        (vec!["--no-open", "--port", "0"], "warning: cannot fetch"),
        (
            vec!["--no-open", "--port", "0", "--offline"],
            "the data set tiny is not in data/tiny",
        ),
    ] {
        let server = Server::start(&book, &arguments);
        server.assert_answers("/", 200, &["As it was."]);
        server.assert_says(warning);
        assert_eq!(book.list("data"), [""; 0]);
    }
}

#[cfg(unix)]
#[test]
fn the_book_is_served_while_data_is_fetched() {
    // It takes connections, and says nothing.
    let mirror = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = mirror.local_addr().expect("an address");
    let book = Book::new(&settings(&address.to_string()));
    let mut server = Server::start(&book, &ANYWHERE);
    let (_request, _) = mirror.accept().expect("it is asked");
    server.assert_answers("/", 200, &["As it was."]);
    assert_eq!(book.list("data/tiny"), [".fetching"]);
    server.end("-INT");
    assert!(!book.root().join("data").exists(), "no folder stays empty");
}

#[cfg(unix)]
#[test]
fn it_ends_when_told_to() {
    let book = Book::new("");
    for signal in ["-INT", "-TERM", "-HUP"] {
        let mut server = Server::start(&book, &ANYWHERE);
        let _page = server.open();
        server.end(signal);
        assert_eq!(book.list("target"), ["book"]);
    }
}
