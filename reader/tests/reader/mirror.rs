//! A mirror on this machine that does what mirrors do on bad days.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How the mirror answers a request.
#[derive(Clone)]
pub enum Reply {
    /// With these bytes.
    Bytes(Vec<u8>),
    /// With these bytes, after a while.
    Late(Vec<u8>, Duration),
    /// With a status, and no file.
    Status(u16),
    /// With these bytes, and then the connection is closed, though the answer
    /// claims to be this long.
    Cut(Vec<u8>, usize),
    /// With these bytes, and then silence, though the answer claims to be this
    /// long.
    Stall(Vec<u8>, usize),
    /// With some of these bytes, a few at a time and never done.
    Drip(Vec<u8>),
    /// Not at all: the connection is closed.
    Hangup,
    /// By sending on to the same address.
    Loop,
}

/// A mirror, for as long as the test runs.
pub struct Mirror {
    /// Its address, as `book.toml` has it.
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Mirror {
    /// A mirror that has these files. A file with several replies gives them
    /// one after another, and the last one ever after; what it does not have
    /// is answered with 404.
    pub fn with(files: &[(&str, &[Reply])]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let files: HashMap<String, Vec<Reply>> = files
            .iter()
            .map(|(name, replies)| (format!("/{name}"), replies.to_vec()))
            .collect();
        let shared = (Arc::new(files), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (files, asked) = shared.clone();
                thread::spawn(move || answer(stream, &files, &asked));
            }
        });
        Self {
            address: format!("http://127.0.0.1:{port}/"),
            asked,
        }
    }

    /// The paths that were asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

fn answer(
    mut stream: TcpStream,
    files: &HashMap<String, Vec<Reply>>,
    asked: &Mutex<Vec<String>>,
) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        request.push(byte[0]);
    }
    let request = String::from_utf8_lossy(&request);
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let before = {
        let mut asked = asked.lock().expect("no panic");
        let before = asked.iter().filter(|other| **other == path).count();
        asked.push(path.clone());
        before
    };
    let replies = files.get(&path).map_or(&[][..], Vec::as_slice);
    let reply = replies.get(before).or(replies.last());
    let mut send = |status: &str, length: usize, bytes: &[u8]| {
        let head = format!(
            "HTTP/1.1 {status}\r\nConnection: close\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(bytes);
        let _ = stream.flush();
    };
    match reply {
        Some(Reply::Bytes(bytes)) => send("200 OK", bytes.len(), bytes),
        Some(Reply::Late(bytes, pause)) => {
            thread::sleep(*pause);
            send("200 OK", bytes.len(), bytes);
        }
        Some(Reply::Status(code)) => send(&format!("{code} No"), 0, b""),
        Some(Reply::Cut(bytes, length)) => send("200 OK", *length, bytes),
        Some(Reply::Stall(bytes, length)) => {
            send("200 OK", *length, bytes);
            thread::sleep(Duration::from_secs(30));
        }
        Some(Reply::Drip(bytes)) => {
            send("200 OK", bytes.len(), b"");
            for few in bytes.chunks(5) {
                if stream.write_all(few).is_err() {
                    return;
                }
                thread::sleep(Duration::from_millis(50));
            }
        }
        Some(Reply::Hangup) => {}
        Some(Reply::Loop) => {
            send(&format!("302 Found\r\nLocation: {path}"), 0, b"");
        }
        None => send("404 Not Found", 0, b""),
    }
}
