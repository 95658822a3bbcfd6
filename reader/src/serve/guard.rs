//! Who may ask for what: a page that runs code is a way into this machine.
//!
//! A browser sends requests in the name of every page that is open in it, so
//! that an address which only this machine reaches is not enough. See
//! `SECURITY.md`.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, HeaderMap, ORIGIN};
use axum::http::{HeaderValue, Uri};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

/// What is asked of a request.
#[derive(Debug)]
pub struct Guard {
    /// Where the server listens.
    address: SocketAddr,
    /// What only those know who were given the address that is opened.
    token: String,
}

/// Why a request is refused, in words for who reads the answer.
pub type Refusal = &'static str;

/// The parameter, and the cookie, that hold the token.
const TOKEN: &str = "token";

impl Guard {
    /// A guard with a fresh token.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn new(address: SocketAddr) -> Result<Guard> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).context("no random numbers for a token")?;
        let token = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        Ok(Guard { address, token })
    }

    /// The address of the book, for those who only read it.
    pub fn plain_url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// The address that gives a browser the token.
    pub fn url(&self) -> String {
        format!("http://{}/?{TOKEN}={}", self.address, self.token)
    }

    /// Whether the request names this server as its host. A page of another
    /// site may have had its own name lead here (DNS rebinding): then the
    /// browser takes the two for one site, but still says the name.
    ///
    /// # Errors
    ///
    /// It names another, or none.
    pub fn check_host(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        // Others reach this machine by names that it does not know.
        if !self.address.ip().is_loopback() {
            return Ok(());
        }
        let mut hosts = headers.get_all(HOST).into_iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        if hosts.next().is_none() && host.is_some_and(|it| self.is_own(it)) {
            return Ok(());
        }
        Err(
            "this server answers to localhost and its own port alone: open \
             the address that `cargo book` printed",
        )
    }

    fn is_own(&self, host: &str) -> bool {
        let port = self.address.port();
        let name = match host.strip_suffix(&format!(":{port}")) {
            Some(name) => name,
            None if port == 80 => host,
            None => return false,
        };
        let ip = name.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        name.eq_ignore_ascii_case("localhost")
            || ip
                .unwrap_or(name)
                .parse()
                .is_ok_and(|ip: IpAddr| ip.is_loopback())
    }

    /// Whether a page of this server asks, of which a browser tells by the
    /// header `Origin`. A request without it is not one that a page of this
    /// server sends.
    ///
    /// # Errors
    ///
    /// Another asks, or it is not said who.
    pub fn check_origin(headers: &HeaderMap) -> Result<(), Refusal> {
        let one = |name| {
            let mut values = headers.get_all(name).into_iter();
            let value = values.next()?.to_str().ok()?;
            values.next().is_none().then_some(value)
        };
        match (one(ORIGIN), one(HOST)) {
            (Some(origin), Some(host))
                if origin.strip_prefix("http://") == Some(host) =>
            {
                Ok(())
            }
            _ => Err("only pages of this book may ask for that"),
        }
    }

    /// Whether what the request brings is said to be JSON, which no form sends.
    ///
    /// # Errors
    ///
    /// It is said to be something else, or nothing is said.
    pub fn check_json(headers: &HeaderMap) -> Result<(), Refusal> {
        let kind = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next();
        let kind = kind.unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/json") {
            Ok(())
        } else {
            Err("this is asked for in JSON")
        }
    }

    /// Whether the request comes with the token in its cookie.
    ///
    /// # Errors
    ///
    /// It does not.
    pub fn check_token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let name = self.cookie_name();
        let texts = headers.get_all(COOKIE).into_iter();
        let cookies = texts.filter_map(|it| it.to_str().ok());
        let mut cookies = cookies.flat_map(|it| it.split(';'));
        let is_it = |cookie: &str| {
            cookie
                .trim()
                .split_once('=')
                .is_some_and(|(key, token)| key == name && self.is(token))
        };
        if cookies.any(is_it) {
            Ok(())
        } else {
            Err("this needs the token: open the address that `cargo book` \
                 printed when it started")
        }
    }

    fn is(&self, token: &str) -> bool {
        token.as_bytes().ct_eq(self.token.as_bytes()).into()
    }

    /// The token that a request brings in its address, if it brings one: where
    /// to go on without it and the cookie to keep it in, or why not.
    pub fn exchange(
        &self,
        uri: &Uri,
    ) -> Option<Result<(String, HeaderValue), Refusal>> {
        let query = uri.query()?;
        let is_token = |part: &&str| {
            part.split_once('=').is_some_and(|(key, _)| key == TOKEN)
        };
        let (_, token) = query.split('&').find(is_token)?.split_once('=')?;
        if !self.is(token) {
            return Some(Err(
                "this token is none of this server's, which makes another at \
                 each start: open the address that `cargo book` printed",
            ));
        }
        let rest = query.split('&').filter(|part| !is_token(part));
        let rest = rest.collect::<Vec<_>>().join("&");
        // Of several slashes at the start, the browser would make a host, and
        // it takes either slash for one.
        let path = uri.path().trim_start_matches(['/', '\\']);
        let mut place = format!("/{path}");
        if !rest.is_empty() {
            place = format!("{place}?{rest}");
        }
        let cookie = format!(
            "{}={token}; Path=/; HttpOnly; SameSite=Strict",
            self.cookie_name()
        );
        let cookie = HeaderValue::from_str(&cookie).ok()?;
        Some(Ok((place, cookie)))
    }

    /// Cookies are for a host with all its ports: each server has its own.
    fn cookie_name(&self) -> String {
        format!("book-{TOKEN}-{}", self.address.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard::new("127.0.0.1:3000".parse().unwrap()).unwrap()
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in all {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_host_is_a_loopback_name_with_the_port() {
        for (host, is_own) in [
            ("localhost:3000", true),
            ("LOCALHOST:3000", true),
            ("127.0.0.1:3000", true),
            ("127.8.0.1:3000", true),
            ("[::1]:3000", true),
            ("localhost", false),
            ("localhost:3001", false),
            ("localhost:13000", false),
            ("evil.org:3000", false),
            ("localhost.evil.org:3000", false),
            ("127.0.0.1.evil.org:3000", false),
            ("192.168.0.1:3000", false),
            (":3000", false),
            ("", false),
        ] {
            let checked = guard().check_host(&headers(&[("host", host)]));
            assert_eq!(checked.is_ok(), is_own, "{host}");
        }
        assert!(guard().check_host(&headers(&[])).is_err());
        let twice = [("host", "localhost:3000"), ("host", "evil.org:3000")];
        assert!(guard().check_host(&headers(&twice)).is_err());
        let open = Guard::new("0.0.0.0:3000".parse().unwrap()).unwrap();
        let named = headers(&[("host", "my-machine:3000")]);
        assert!(open.check_host(&named).is_ok());
    }

    #[test]
    fn an_origin_is_there_and_ours() {
        let host = ("host", "localhost:3000");
        for (origin, is_ours) in [
            ("http://localhost:3000", true),
            ("http://127.0.0.1:3000", false),
            ("http://localhost:3001", false),
            ("https://localhost:3000", false),
            ("http://evil.org", false),
            ("null", false),
            ("", false),
        ] {
            let found = headers(&[host, ("origin", origin)]);
            let checked = Guard::check_origin(&found);
            assert_eq!(checked.is_ok(), is_ours, "{origin}");
        }
        assert!(Guard::check_origin(&headers(&[host])).is_err());
    }

    #[test]
    fn a_token_is_exchanged_for_a_cookie() {
        let guard = guard();
        let at = |address: &str| {
            let uri = address.parse().unwrap();
            guard.exchange(&uri)
        };
        let token = &guard.token;
        assert_eq!(token.len(), 43);
        let url = guard.url();
        let (place, cookie) = at(&url).unwrap().unwrap();
        assert_eq!(place, "/");
        let cookie = cookie.to_str().unwrap();
        let (pair, how) = cookie.split_once("; ").unwrap();
        assert_eq!(how, "Path=/; HttpOnly; SameSite=Strict");
        let others = format!("a=b; {pair}; c=d");
        assert!(guard.check_token(&headers(&[("cookie", &others)])).is_ok());

        let deep = format!("http://a//b/c.html?x=1&token={token}&y=2");
        assert_eq!(at(&deep).unwrap().unwrap().0, "/b/c.html?x=1&y=2");
        let slashes = format!("/\\/evil.org?token={token}");
        assert_eq!(at(&slashes).unwrap().unwrap().0, "/evil.org");
        assert!(at("http://a/b.html?search=token").is_none());
        let short = &token[..42];
        for wrong in ["", "0", short] {
            let url = format!("http://a/?token={wrong}");
            assert!(at(&url).unwrap().is_err(), "{wrong}");
            let cookie = format!("book-token-3000={wrong}");
            let found = headers(&[("cookie", &cookie)]);
            assert!(guard.check_token(&found).is_err(), "{wrong}");
        }
        let other_port = format!("book-token-3001={token}");
        let found = headers(&[("cookie", &other_port)]);
        assert!(guard.check_token(&found).is_err());
        assert_ne!(&Guard::new(guard.address).unwrap().token, token);
    }
}
