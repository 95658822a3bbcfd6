//! Who may have cells run, and who may not.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;

use tungstenite::Message;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader};

use super::server::{
    Headers, PAGE, Server, of_fixture, shared, signal_to, wait_until,
};
use crate::book::Book;

#[test]
fn only_its_own_pages_run_cells() {
    let server = of_fixture();
    let (origin, cookie) = (server.origin(), server.cookie());
    let port = server.port();
    let plain: Headers = &[("Origin", &origin), ("Cookie", &cookie)];
    assert_eq!(server.status("/__live", plain), 101);
    let wrong = format!("book-token-{port}={}", "0".repeat(43));
    let short = &cookie[..cookie.len() - 1];
    let other = cookie.replace(port, "1");
    for (what, headers) in [
        ("no token", &[("Origin", &*origin)][..]),
        ("a wrong token", &[("Origin", &*origin), ("Cookie", &wrong)]),
        ("a part of it", &[("Origin", &*origin), ("Cookie", short)]),
        ("another's", &[("Origin", &*origin), ("Cookie", &other)]),
        (
            "a token elsewhere",
            &[("Origin", &*origin), ("Authorization", &cookie)],
        ),
        ("no origin", &[("Cookie", &*cookie)]),
    ] {
        assert_eq!(server.status("/__live", headers), 403, "{what}");
    }
    for origin in [
        "http://evil.org".to_owned(),
        format!("http://evil.org:{port}"),
        format!("http://localhost.evil.org:{port}"),
        format!("http://127.0.0.1.evil.org:{port}"),
        format!("http://127.0.0.1:{port}.evil.org"),
        format!("http://user@127.0.0.1:{port}"),
        format!("https://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
        format!("http://[::1]:{port}"),
        "http://127.0.0.1".to_owned(),
        "http://127.0.0.1:1".to_owned(),
        "null".to_owned(),
        "file://".to_owned(),
        String::new(),
    ] {
        let headers: Headers = &[("Origin", &origin), ("Cookie", &cookie)];
        assert_eq!(server.status("/__live", headers), 403, "{origin}");
        let headers: Headers = &[("Origin", &origin)];
        assert_eq!(server.status("/__reload", headers), 403, "{origin}");
    }
    assert_eq!(server.status("/__reload", &[]), 403);
    assert_eq!(server.status("/__reload", &[("Origin", &origin)]), 101);
    // The token in the address is for pages, and not for this.
    let path = format!("/__live?token={}", server.token);
    assert_ne!(server.status(&path, &[("Origin", &origin)]), 101);
}

#[test]
fn a_name_that_leads_here_is_not_ours() {
    let server = of_fixture();
    let (cookie, port) = (server.cookie(), server.port());
    for (host, is_own) in [
        (format!("127.0.0.1:{port}"), true),
        (format!("localhost:{port}"), true),
        (format!("[::1]:{port}"), true),
        (format!("evil.org:{port}"), false),
        (format!("localhost.evil.org:{port}"), false),
        (format!("127.0.0.1.evil.org:{port}"), false),
        (format!("localhost.:{port}"), false),
        (format!("user@localhost:{port}"), false),
        (format!("192.168.0.1:{port}"), false),
        (format!("0.0.0.0:{port}"), false),
        (format!("[::ffff:127.0.0.1]:{port}"), false),
        ("127.0.0.1".to_owned(), false),
        ("localhost:1".to_owned(), false),
        (String::new(), false),
    ] {
        let answer = server.ask("GET", "/one.html", &[("Host", &host)]);
        let status = if is_own { "200" } else { "403" };
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{host}");
        assert_eq!(answer.contains("As it was."), is_own, "{host}");
        // The same name in both would be one site to a browser.
        let origin = format!("http://{host}");
        let headers: Headers =
            &[("Host", &host), ("Origin", &origin), ("Cookie", &cookie)];
        let status = if is_own { 101 } else { 403 };
        if !host.is_empty() {
            assert_eq!(server.status("/__live", headers), status, "{host}");
        }
    }
    for headers in [
        &[][..],
        &[("Host", &*server.host), ("Host", "evil.org")],
        &[("X-Forwarded-Host", &server.host)],
    ] {
        let answer = server.ask("GET", "/one.html", headers);
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
}

#[test]
fn nothing_is_posted() {
    let server = of_fixture();
    let (host, origin) = (&server.host, server.origin());
    let cookie = server.cookie();
    for kind in [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=it",
        "text/plain",
        "application/json",
    ] {
        let headers: Headers = &[
            ("Host", host),
            ("Origin", &origin),
            ("Cookie", &cookie),
            ("Content-Type", kind),
        ];
        let order = b"{\"type\":\"run\",\"run\":\"1\",\"page\":\"one.html\"}";
        for path in ["/__live", "/__reload", "/__live/live.js", "/one.html"] {
            let answer = server.send("POST", path, headers, order);
            assert!(answer.starts_with("HTTP/1.1 405 "), "{kind}: {answer}");
        }
        let answer = server.send("POST", "/__live/run", headers, order);
        assert!(answer.starts_with("HTTP/1.1 40"), "{kind}: {answer}");
    }
    // A body without an end is not waited for, nor kept.
    let headers: Headers =
        &[("Host", host), ("Content-Length", "99999999999999")];
    let answer = server.ask("POST", "/__live", headers);
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    let body = vec![b'x'; 32 << 20];
    server.send("POST", "/__live", &[("Host", host)], &body);
    let head = "x".repeat(1 << 20);
    let answer =
        server.ask("GET", "/one.html", &[("Host", host), ("X-Long", &head)]);
    assert!(!answer.starts_with("HTTP/1.1 200 "));
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"] {
        let answer = server.ask(method, "/one.html", &[("Host", host)]);
        assert!(answer.starts_with("HTTP/1.1 4"), "{method}: {answer}");
        assert!(!answer.contains("access-control"), "{method}: {answer}");
    }
}

#[test]
fn no_path_leads_out() {
    let server = of_fixture();
    for path in [
        "/../book.toml",
        "/../../book.toml",
        "/%2e%2e/%2e%2e/book.toml",
        "/%2e%2e%2f%2e%2e%2fbook.toml",
        "/..%2f..%2fbook.toml",
        "/%252e%252e%252f%252e%252e%252fbook.toml",
        "/..\\..\\book.toml",
        "/..%5c..%5cbook.toml",
        "/%2e%2e%5c%2e%2e%5cbook.toml",
        "/....//....//book.toml",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/etc/passwd",
        "/file:///etc/passwd",
        "/%c0%ae%c0%ae/%c0%ae%c0%ae/book.toml",
        "/one.html%00.js",
        "/one.html/../../../book.toml",
        "/__live/../../../book.toml",
        "/__live/%2e%2e%2f%2e%2e%2fbook.toml",
        "/__live/..%2flive.rs",
        "/__live//etc/passwd",
    ] {
        let answer = server.ask("GET", path, &[("Host", &server.host)]);
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
        assert!(!answer.contains("build-dir"), "{path}: {answer}");
        assert!(!answer.contains("root:"), "{path}: {answer}");
    }
    let asset = server.ask("GET", "/__live/live.js", &[("Host", &server.host)]);
    assert!(asset.starts_with("HTTP/1.1 200 "), "{asset}");
}

#[test]
fn a_token_is_exchanged_for_a_cookie() {
    let server = of_fixture();
    let host: Headers = &[("Host", &server.host)];
    let path = format!("/one.html?token={}&x=1", server.token);
    let answer = server.ask("GET", &path, host);
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
    let cookie = format!(
        "set-cookie: {}; Path=/; HttpOnly; SameSite=Strict\r\n",
        server.cookie()
    );
    for part in [&*cookie, "location: /one.html?x=1\r\n", "no-store\r\n"] {
        assert!(answer.contains(part), "no {part} in {answer}");
    }
    // Who comes from another page, or a file, is led on by a page of ours:
    // else the browser would not send the cookie at once.
    for site in ["cross-site", "same-site"] {
        let headers: Headers =
            &[("Host", &server.host), ("Sec-Fetch-Site", site)];
        let answer = server.ask("GET", &path, headers);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let (head, page) = answer.split_once("\r\n\r\n").expect("a page");
        assert!(head.contains(cookie.trim_end()), "{head}");
        assert!(page.contains("content=\"0; url=/one.html?x=1\""), "{page}");
        assert!(!page.contains(&server.token), "{page}");
    }
    // No place is one of another's.
    let path = format!("//evil.org/%22%3e?token={}", server.token);
    let answer = server.ask("GET", &path, host);
    assert!(answer.contains("location: /evil.org/"), "{answer}");

    let answer = server.ask("GET", "/one.html?token=0", host);
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(!answer.contains("set-cookie"), "{answer}");
    // Reading needs none.
    let answer = server.ask("GET", "/one.html", host);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("data-token=\"false\""), "{answer}");
    assert!(!answer.contains(&server.token), "{answer}");
    // 32 random bytes, for each start others.
    assert_eq!(server.token.len(), 43);
    assert_ne!(shared().token, server.token);
}

/// What a browser is called with can be read by all users of the machine.
#[cfg(target_os = "linux")]
#[test]
fn the_token_is_in_a_file_of_its_users() {
    let book = Book::new("");
    book.write(
        "bin/xdg-open",
        "#!/bin/sh\n{ echo \"$@\"; stat -c %a \"$(dirname \"$1\")\"\n\
         cat \"$1\"; } > opens; mv opens opened\n",
    );
    let script = book.root().join("bin/xdg-open");
    fs::set_permissions(script, PermissionsExt::from_mode(0o700))
        .expect("it is ours");
    let mut path = book.root().join("bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").expect("a path"));
    let mut command = book.command(&["--port", "0", "--offline"]);
    command.env("PATH", path).env("DISPLAY", ":0");
    command.env_remove("CI").env_remove("SSH_CONNECTION");
    let mut child = command.spawn().expect("it runs");
    let opened = book.root().join("opened");
    wait_until(|| opened.exists());
    let text = fs::read_to_string(opened).expect("a text");
    let (called, rest) = text.split_once('\n').expect("arguments");
    let (mode, page) = rest.split_once('\n').expect("a mode");
    assert!(!called.contains("token"), "{called}");
    assert!(called.contains("/target/.book-"), "{called}");
    assert_eq!(mode, "700");
    assert!(page.contains("url=http://127.0.0.1:"), "{page}");
    assert!(page.contains("/?token="), "{page}");
    signal_to(child.id(), "-TERM");
    child.wait().expect("it ends");
    assert_eq!(book.list("target"), ["book"]);
}

#[test]
fn a_page_says_what_it_may_do() {
    let server = of_fixture();
    let cookie = server.cookie();
    let headers: Headers = &[("Host", &server.host), ("Cookie", &cookie)];
    let page = server.ask("GET", "/one.html", headers);
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
        "form-action 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    let scripts = policy.split("; ").find(|it| it.starts_with("script-src"));
    let scripts = scripts.expect("a rule for scripts");
    assert!(!scripts.contains("unsafe"), "{scripts}");
    assert!(text.contains("data-token=\"true\""));
    // Whatever it is that is answered.
    for path in [
        "/one.html",
        "/",
        "/__live/live.js",
        "/nothing",
        "/?token=0",
        "/__live",
        "/css/general.css",
    ] {
        let answer = server.ask("GET", path, headers);
        let head = answer.split_once("\r\n\r\n").expect("a head").0;
        for part in [
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cross-origin-resource-policy: same-origin",
            "cross-origin-opener-policy: same-origin",
            "content-security-policy: default-src 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(head.contains(part), "{path}: no {part} in {head}");
        }
        assert!(!head.contains("access-control"), "{path}: {head}");
    }
}

#[test]
fn a_book_that_is_only_read_runs_nothing() {
    let book = Book::new("");
    for arguments in [&["--no-run"][..], &["--host", "0.0.0.0"]] {
        let server = Server::start_at(&book.root(), arguments);
        assert_eq!(server.token, "");
        let host = format!("127.0.0.1:{}", server.port());
        let page = server.ask("GET", "/one.html", &[("Host", &host)]);
        assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
        assert!(!page.contains("/__live/live.js"), "{page}");
        let origin = format!("http://{host}");
        let headers: Headers = &[("Host", &host), ("Origin", &origin)];
        assert_eq!(server.status("/__live", headers), 403);
    }
    // For others it demands the token, and an origin as well.
    let arguments = ["--host", "0.0.0.0", "--run-for-others"];
    let server = Server::start_at(&book.root(), &arguments);
    let host = format!("my-machine:{}", server.port());
    let (origin, cookie) = (format!("http://{host}"), server.cookie());
    let all = [("Host", &*host), ("Origin", &origin), ("Cookie", &cookie)];
    assert_eq!(server.status("/__live", &all), 101);
    assert_eq!(server.status("/__live", &all[..2]), 403);
    assert_eq!(server.status("/__live", &[all[0], all[2]]), 403);
    let evil = ("Origin", "http://evil.org");
    assert_eq!(server.status("/__live", &[all[0], evil, all[2]]), 403);
}

/// A question that is too long, or no question, ends the conversation; the
/// server goes on.
#[test]
fn nonsense_is_not_heard() {
    let server = of_fixture();
    let deep = format!("{}{}", "[".repeat(1 << 18), "]".repeat(1 << 18));
    // It would be a question if it were shorter.
    let long = "x".repeat(1 << 20);
    let long = format!("{{\"type\":\"open\",\"page\":\"{long}\"}}");
    for text in [
        "",
        "{}",
        "[1",
        "{\"type\":\"run\"}",
        "{\"type\":\"shout\"}",
        "{\"type\":\"open\",\"page\":\"one.html\",\"more\":1}",
        "{\"type\":\"open\",\"page\":\"\\ud800\"}",
        &deep,
        &"x".repeat(4 << 20),
        &long,
    ] {
        let mut page = server.greet("one.html");
        // It need not read all of it.
        let _ = page.socket.send(Message::text(text));
        assert!(page.is_closed(), "{text:.40}");
    }
    let mut page = server.greet("one.html");
    page.socket.send(Message::binary(vec![0xff])).expect("read");
    assert!(page.is_closed());
    // Frames that are each short enough, and no text; a text in frames that is
    // too long; one frame that only says that it is.
    let frame = |kind, text: &[u8], is_final| {
        let code = OpCode::Data(kind);
        Message::Frame(Frame::message(text.to_vec(), code, is_final))
    };
    let mut page = server.greet("one.html");
    let bad = frame(Data::Text, &[b'"', 0xff, b'"'], true);
    page.socket.send(bad).expect("it is read");
    assert!(page.is_closed());
    let mut page = server.greet("one.html");
    let part = vec![b'x'; 1 << 16];
    for number in 0..40 {
        let kind = if number == 0 {
            Data::Text
        } else {
            Data::Continue
        };
        if page.socket.send(frame(kind, &part, false)).is_err() {
            break;
        }
    }
    assert!(page.is_closed());
    let mut page = server.greet("one.html");
    let mut head = Vec::new();
    let header = FrameHeader {
        mask: Some([0; 4]),
        opcode: OpCode::Data(Data::Text),
        ..FrameHeader::default()
    };
    header.format(u64::MAX >> 1, &mut head).expect("a head");
    page.socket.get_mut().write_all(&head).expect("it is read");
    assert!(page.is_closed());

    let mut page = server.open("one.html");
    assert!(page.cells.is_empty());
    for name in ["../../book.toml", "/etc/passwd", "", "one.html/"] {
        page.name = name.to_owned();
        let run = format!(
            "{{\"type\":\"run\",\"run\":\"a\",\"page\":{name:?},\"until\":\"\"}}"
        );
        page.socket.send(Message::text(run)).expect("it is read");
        assert_eq!(page.finish("a").done()["status"], "refused", "{name}");
    }
}

/// A page that has nothing to say may not say much.
#[test]
fn a_page_that_only_hears_is_not_heard() {
    let server = of_fixture();
    let mut stream = TcpStream::connect(&server.host).expect("it listens");
    let mut head = "GET /__reload HTTP/1.1\r\nConnection: Upgrade\r\n\
        Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        .to_owned();
    let origin = server.origin();
    let _ = write!(head, "Host: {}\r\nOrigin: {origin}\r\n\r\n", server.host);
    stream.write_all(head.as_bytes()).expect("it reads");
    // A frame that says it is of 4 KiB, which is what is waited for in vain.
    stream
        .write_all(&[0x81, 0xfe, 0x10, 0, 0, 0, 0, 0])
        .expect("a frame");
    let limit = Some(super::server::LONG);
    stream.set_read_timeout(limit).expect("a time limit");
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("it is closed");
    assert!(all.starts_with(b"HTTP/1.1 101 "));
}

#[test]
fn names_of_runs_are_short_and_each_is_of_one() {
    let mut page = shared().open(PAGE);
    page.start("one", "loop {}");
    page.start("one", "1");
    let twice = page.finish("one");
    assert_eq!(twice.done()["status"], "refused");
    assert_eq!(twice.done()["message"], "another run has that name");
    page.stop("one");
    assert_eq!(page.finish("one").done()["status"], "stopped");
    let long = "x".repeat(65);
    page.start(&long, "1");
    let long = page.finish(&long[..64]);
    assert_eq!(long.done()["status"], "refused");
}
