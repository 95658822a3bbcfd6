//! `cargo book`: reads a book of cells.
//!
//! - [`render`] makes HTML of the pages, with [`preprocess`], [`page`] and
//!   [`math`];
//! - [`serve`] shows it in a browser, and renders it anew when [`watch`] sees
//!   a change;
//! - [`live`] runs its cells from there;
//! - [`mod@exercises`] checks what a reader writes in an editor;
//! - [`mod@time`] tells how long a reader waits for them;
//! - [`bless`] accepts what the cells print;
//! - [`export`] takes pages away, as notebooks and programs;
//! - [`data`] fetches the data sets that cells need.
//!
//! What a page, a cell and an output are is the business of the crate `cells`.

mod bless;
mod browser;
mod chosen;
mod cli;
mod data;
mod digest;
mod exercises;
mod export;
mod live;
mod math;
mod page;
mod preprocess;
mod render;
mod serve;
mod stage;
mod time;
mod unfinished;
mod watch;

use std::env;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result, bail};
use cells::Config;
use mdbook_preprocessor::Preprocessor;
use tokio::runtime::Runtime;
use tokio::signal;
use tokio::sync::oneshot;

use cli::{Cli, Command, Question, Serve};
use data::Source;
use live::RunLimits;
use serve::{Address, Running};

fn main() -> ExitCode {
    // Before anything that takes time: a reader waits for it at each run.
    #[cfg(unix)]
    if env::args_os().skip(1).eq([keeper::KEEP]) {
        return keeper::keep();
    }
    // mdBook says what is amiss, but no error, through this.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(io::stderr)
        .with_target(false)
        .without_time()
        .init();
    match run(Cli::read()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let Cli {
        command,
        root,
        offline,
        serve,
    } = cli;
    match command {
        None => {
            let root = find(root)?;
            interruptible(0, read(root, offline, serve))
        }
        Some(Command::Build) => {
            let root = find(root)?;
            interruptible(
                INTERRUPTED,
                blocking(move || {
                    let rendered = render::build(&root)?.publish()?;
                    println!("the book is in {}", rendered.html.display());
                    Ok(())
                }),
            )
        }
        Some(Command::Bless { pages }) => {
            let root = find(root)?;
            interruptible(
                INTERRUPTED,
                blocking(move || bless::bless(&root, &pages, offline)),
            )
        }
        Some(Command::Time { pages, write }) => {
            let root = find(root)?;
            interruptible(INTERRUPTED, time(root, pages, write))
        }
        Some(Command::Notebook { out, pages }) => {
            let root = find(root)?;
            interruptible(
                INTERRUPTED,
                blocking(move || export::write(&root, &pages, out.as_deref())),
            )
        }
        Some(Command::Data {
            name,
            from,
            timeout,
        }) => {
            let root = find(root)?;
            let config = config(&root)?;
            let source = Source {
                from,
                offline,
                patience: timeout,
            };
            interruptible(
                INTERRUPTED,
                blocking(move || {
                    data::fetch(&root, &config, name.as_deref(), &source)
                }),
            )
        }
        Some(Command::Exercises {
            number,
            list,
            solution,
            folder,
            unconfined,
        }) => {
            let root = find(root)?;
            let options = exercises::Options {
                number,
                list,
                solution,
                folder,
                unconfined,
            };
            let work = async move { exercises::run(&root, options).await };
            interruptible(0, work)
        }
        Some(Command::Preprocess { question: None }) => {
            preprocess::run_as_command()?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Preprocess {
            question: Some(Question::Supports { renderer }),
        }) => {
            let supported = preprocess::Cells.supports_renderer(&renderer)?;
            Ok(ExitCode::from(u8::from(!supported)))
        }
    }
}

/// Serves, and fetches what is missing meanwhile: a page needs none of it.
async fn read(root: PathBuf, offline: bool, serve: Serve) -> Result<()> {
    let address = Address {
        host: serve.host,
        port: serve.port,
        running: running(&serve),
        limits: RunLimits::default().with(&serve.limit),
    };
    let config = config(&root)?;
    let place = root.clone();
    let once_served = move |url: &str, beside: &Path| {
        println!("the book is at {url} (Ctrl-C ends this)");
        thread::spawn(move || fetch_missing(&place, &config, offline));
        (!serve.no_open).then(|| browser::open(url, beside))
    };
    serve::serve(root, address, once_served).await
}

/// Serves the book, and times its cells as a page of it would.
async fn time(
    root: PathBuf,
    pages: Vec<PathBuf>,
    write: Option<PathBuf>,
) -> Result<()> {
    let address = Address {
        host: Ipv4Addr::LOCALHOST.into(),
        port: Some(0),
        running: Running::Confined,
        limits: RunLimits::default(),
    };
    let (tell, told) = oneshot::channel();
    let once_served = |url: &str, _: &Path| {
        let _ = tell.send(url.to_owned());
    };
    let place = root.clone();
    let timed = async {
        let url = told.await.context("the book is not served")?;
        blocking(move || time::time(&root, &url, &pages, write.as_deref()))
            .await
    };
    tokio::select! {
        served = serve::serve(place, address, once_served) => served,
        timed = timed => timed,
    }
}

/// Whether cells are run from the pages.
fn running(serve: &Serve) -> Running {
    let is_for_all = !serve.host.is_loopback();
    if serve.no_run || is_for_all && !serve.run_for_others {
        Running::Off
    } else if serve.unconfined {
        Running::Unconfined
    } else {
        Running::Confined
    }
}

/// Fetches the data sets that are not there, or says how to.
fn fetch_missing(root: &Path, config: &Config, offline: bool) {
    let missing = data::missing(root, config);
    if missing.is_empty() {
        return;
    }
    if offline {
        eprint!("{}", data::how_to_fetch(config, &missing));
        return;
    }
    let source = Source::mirrors(offline);
    if let Err(error) = data::fetch(root, config, None, &source) {
        eprintln!(
            "warning: {error:#}\n\
             the cells that need this data are not run until then"
        );
    }
}

/// What `book.toml` says to us.
fn config(root: &Path) -> Result<Config> {
    Config::load(root).map_err(|problems| preprocess::listed(&problems))
}

/// The book's root: the folder that was named, or the nearest one, from here
/// upwards, that holds a `book.toml`.
fn find(named: Option<PathBuf>) -> Result<PathBuf> {
    let here = env::current_dir().context("cannot tell the current folder")?;
    let root = match named {
        Some(folder) if folder.join("book.toml").is_file() => folder,
        Some(folder) => bail!(
            "{} holds no book.toml: --root names the folder that does",
            folder.display()
        ),
        None => here
            .ancestors()
            .find(|folder| folder.join("book.toml").is_file())
            .with_context(|| {
                format!(
                    "there is no book.toml in {} or above: name the book's \
                     root with --root DIR",
                    here.display()
                )
            })?
            .to_path_buf(),
    };
    root.canonicalize()
        .with_context(|| format!("cannot find {}", root.display()))
}

async fn blocking(
    work: impl FnOnce() -> Result<()> + Send + 'static,
) -> Result<()> {
    tokio::task::spawn_blocking(work).await?
}

/// How a program ends that was interrupted in its work.
const INTERRUPTED: u8 = 130;

/// Does the work. If the reader ends the program before that is done, takes
/// away what is unfinished, and ends with this code.
fn interruptible(
    code: u8,
    work: impl Future<Output = Result<()>>,
) -> Result<ExitCode> {
    let runtime = Runtime::new().context("cannot start a thread")?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = work => Some(result),
            () = told_to_end() => None,
        }
    });
    let Some(result) = result else {
        unfinished::abandon();
        // A thread may be in the middle of what was abandoned.
        std::process::exit(code.into());
    };
    result.map(|()| ExitCode::SUCCESS)
}

/// Waits for Ctrl-C, or for what a system, or a terminal that is closed, sends
/// to end a program.
async fn told_to_end() {
    #[cfg(unix)]
    {
        use signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut hangup)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
        ) {
            tokio::select! {
                _ = signal::ctrl_c() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            return;
        }
    }
    let _ = signal::ctrl_c().await;
}
