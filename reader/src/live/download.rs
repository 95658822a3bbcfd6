//! A page to take away, as its reader has changed it.

use std::path::Path;
use std::sync::Arc;

use cells::live::Edits;
use cells::{Book, Page, export};
use serde::Deserialize;

use super::run::Stop;
use super::{Live, page};
use crate::export::{Asking, Order as Wanted, notebooks, zip};

/// A file to keep.
pub struct Taken {
    pub name: String,
    pub mime: &'static str,
    pub bytes: Vec<u8>,
}

/// Why there is none.
pub enum Refused {
    /// The book has no such page, or no such file is made of one.
    Unknown,
    /// What was asked for is not what a page of ours asks for.
    Misasked(String),
    /// Too many wait already.
    Busy,
    /// It was not made.
    Failed(String),
}

/// What a page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    edits: Edits,
    /// Only this section, as one program.
    section: Option<usize>,
}

#[derive(Clone, Copy)]
enum Kind {
    Program,
    Package,
    Notebook,
}

impl Live {
    /// Makes a file of a page: `learning.rs`, `learning.zip`,
    /// `learning.ipynb`.
    ///
    /// # Errors
    ///
    /// Why not, in words for the reader.
    pub async fn download(
        self: Arc<Self>,
        name: &str,
        body: &[u8],
    ) -> Result<Taken, Refused> {
        let (stem, ending) = name.rsplit_once('.').ok_or(Refused::Unknown)?;
        let (kind, mime) = match ending {
            "rs" => (Kind::Program, "text/x-rust; charset=utf-8"),
            "zip" => (Kind::Package, "application/zip"),
            "ipynb" => (Kind::Notebook, "application/x-ipynb+json"),
            _ => return Err(Refused::Unknown),
        };
        let asked: Asked = serde_json::from_slice(body)
            .map_err(|error| Refused::Misasked(error.to_string()))?;
        let place = stem.to_owned();
        let stop = Arc::new(Stop::default());
        let Some(queued) = self.queue(&stop) else {
            return Err(Refused::Busy);
        };
        let turn = self.turns.acquire().await;
        let live = Arc::clone(&self);
        let work = move || {
            let book = live.book().ok_or_else(|| {
                Refused::Failed("the book has problems".to_owned())
            })?;
            let page = page(&book, &format!("{place}.html"));
            let page = page.ok_or(Refused::Unknown)?;
            live.make(kind, &book, page, &asked, &stop)
        };
        let bytes = tokio::task::spawn_blocking(work).await;
        drop((turn, queued));
        let bytes = bytes.map_err(|_| {
            let message = "the server failed at this: see what it printed";
            Refused::Failed(message.to_owned())
        })??;
        let (_, file) = name.rsplit_once('/').unwrap_or(("", name));
        Ok(Taken {
            name: file.to_owned(),
            mime,
            bytes,
        })
    }

    fn make(
        &self,
        kind: Kind,
        book: &Book,
        page: &Page,
        asked: &Asked,
        stop: &Stop,
    ) -> Result<Vec<u8>, Refused> {
        let Asked { edits, section } = asked;
        match (kind, section) {
            (Kind::Program, None) => {
                Ok(export::program(book, page, edits).into_bytes())
            }
            (Kind::Program, Some(section)) => {
                let section =
                    page.sections.get(*section).ok_or(Refused::Unknown)?;
                Ok(export::section(book, page, section, edits).into_bytes())
            }
            (_, Some(_)) => Err(Refused::Unknown),
            (Kind::Package, None) => {
                let files = export::package(book, &[page], edits);
                let files = files.map_err(Refused::Failed)?;
                let folder = page.path.file_stem().unwrap_or_default();
                zip(&folder.to_string_lossy(), &files)
                    .map_err(|error| Refused::Failed(error.to_string()))
            }
            (Kind::Notebook, None) => self.notebook(book, page, edits, stop),
        }
    }

    fn notebook(
        &self,
        book: &Book,
        page: &Page,
        edits: &Edits,
        stop: &Stop,
    ) -> Result<Vec<u8>, Refused> {
        let built = self.package.built(stop.flag(), &mut |_| {});
        let built = built.map_err(Refused::Failed)?;
        let asking = &mut Asking {
            libraries: &built.libraries,
            folder: &built.folder,
            start: &mut self.compiler(&built, stop),
        };
        let root = self.root.to_string_lossy().replace('\\', "/");
        let wanted = Wanted {
            book,
            pages: &[page],
            edits,
            from: &|_: &Path| root.clone(),
        };
        let made = notebooks(&wanted, asking)
            .map_err(|error| Refused::Failed(format!("{error:#}")))?;
        let text = made.into_values().next();
        Ok(text.unwrap_or_default().into_bytes())
    }
}
