//! Finds a port to listen at.

use std::io;
use std::net::IpAddr;

use anyhow::{Context, Result, bail};
use tokio::net::TcpListener;

/// The port to listen at where none is named.
const DEFAULT: u16 = 3000;

/// How many ports after the default one are tried.
const TRIED: u16 = 20;

/// Listens at this port, or, where none is named, at the first that is free.
///
/// # Errors
///
/// The named port, or every one that was tried, is taken, or the address is
/// not one of this machine's.
pub async fn listen(host: IpAddr, port: Option<u16>) -> Result<TcpListener> {
    if let Some(port) = port {
        return match TcpListener::bind((host, port)).await {
            Err(error) if is_taken(&error) => bail!(
                "port {port} of {host} is taken: name another, or leave out \
                 --port for one that is free"
            ),
            other => {
                other.with_context(|| format!("cannot listen at {host}:{port}"))
            }
        };
    }
    for port in DEFAULT..DEFAULT + TRIED {
        match TcpListener::bind((host, port)).await {
            Ok(listener) => {
                if port != DEFAULT {
                    eprintln!("port {DEFAULT} is taken: taking {port}");
                }
                return Ok(listener);
            }
            Err(error) if is_taken(&error) => {}
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("cannot listen at {host}"));
            }
        }
    }
    bail!(
        "ports {DEFAULT} to {} of {host} are taken: name a free one with \
         --port, or let the system choose with --port 0",
        DEFAULT + TRIED - 1
    );
}

fn is_taken(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrInUse
}
