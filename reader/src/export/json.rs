//! What a notebook's file says: nbformat 4.5.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::page::html::escaped;

/// A notebook that grows.
pub struct Json {
    cells: Vec<Value>,
    ids: BTreeSet<String>,
}

/// What a cell printed, drew, or failed with.
pub enum Output {
    /// Text.
    Printed(String),
    /// A drawing, and what it shows, in words.
    Drawn { svg: String, alt: String },
    /// Why it fails, by a name and as text.
    Failed { name: String, text: String },
}

impl Json {
    pub fn new() -> Json {
        Json {
            cells: Vec::new(),
            ids: BTreeSet::new(),
        }
    }

    /// Adds a text.
    pub fn text(&mut self, markdown: &str) {
        let cell = json!({
            "cell_type": "markdown",
            "id": self.id("text"),
            "metadata": {},
            "source": lines(markdown),
        });
        self.cells.push(cell);
    }

    /// Adds what a reader need not read: Jupyter folds it.
    pub fn folded(&mut self, code: &str) {
        let metadata = json!({ "jupyter": { "source_hidden": true } });
        self.add("setup", code, &metadata, &[]);
    }

    /// Adds a cell with what came of it.
    pub fn code(&mut self, id: &str, code: &str, fails: bool, all: &[Output]) {
        let metadata = if fails {
            json!({ "tags": ["raises-exception"] })
        } else {
            json!({})
        };
        self.add(id, code, &metadata, all);
    }

    fn add(&mut self, id: &str, code: &str, metadata: &Value, all: &[Output]) {
        let outputs: Vec<Value> = all.iter().map(output).collect();
        let cell = json!({
            "cell_type": "code",
            "execution_count": null,
            "id": self.id(id),
            "metadata": metadata,
            "outputs": outputs,
            "source": lines(code),
        });
        self.cells.push(cell);
    }

    /// An id that no other cell has: of at most 64 letters, digits, `-` and
    /// `_`.
    fn id(&mut self, name: &str) -> String {
        let is_good = |c: &char| c.is_ascii_alphanumeric() || "-_".contains(*c);
        let name: String = name.chars().filter(is_good).take(48).collect();
        let mut id = name.clone();
        let mut count = 1;
        while id.is_empty() || !self.ids.insert(id.clone()) {
            count += 1;
            id = format!("{name}-{count}");
        }
        id
    }

    /// The file.
    pub fn finish(self) -> String {
        let notebook = json!({
            "cells": self.cells,
            "metadata": {
                "kernelspec": {
                    "display_name": "Rust",
                    "language": "rust",
                    "name": "rust",
                },
                "language_info": {
                    "codemirror_mode": "rust",
                    "file_extension": ".rs",
                    "mimetype": "text/rust",
                    "name": "Rust",
                    "pygment_lexer": "rust",
                },
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        });
        format!("{notebook:#}\n")
    }
}

fn output(of: &Output) -> Value {
    match of {
        Output::Printed(text) => json!({
            "output_type": "stream",
            "name": "stdout",
            "text": lines(text),
        }),
        Output::Drawn { svg, alt } => {
            // Jupyter draws no SVG for a reader who has not run the notebook,
            // but in this form, in which it can do no harm.
            let html = format!(
                "<img alt=\"{}\" src=\"data:image/svg+xml;base64,{}\">",
                escaped(alt),
                BASE64_STANDARD.encode(svg)
            );
            json!({
                "output_type": "display_data",
                "data": {
                    "image/svg+xml": lines(svg),
                    "text/html": [html],
                    "text/plain": lines(alt),
                },
                "metadata": {},
            })
        }
        Output::Failed { name, text } => json!({
            "output_type": "error",
            "ename": name,
            "evalue": text.lines().next_back().unwrap_or_default(),
            "traceback": text.lines().collect::<Vec<_>>(),
        }),
    }
}

/// A text as its lines, each with its end.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_has_an_id_of_its_own() {
        let mut json = Json::new();
        json.text("One");
        json.code("cell-ä b", "1", false, &[]);
        json.code("cell-b", "2", true, &[]);
        json.text("Two");
        let ids: Vec<String> = json.ids.into_iter().collect();
        assert_eq!(ids, ["cell-b", "cell-b-2", "text", "text-2"]);
    }
}
