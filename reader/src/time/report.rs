//! All that is printed and kept of the times.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use cells::measure::{self, aligned, machine, rustc};
use time::OffsetDateTime;

use super::Timed;

/// How long a reader should wait at most, in seconds.
const BARS: [Bar; 3] = [
    Bar::new("output", |it| it.first.first, Share::Half, 0.35),
    Bar::new("output", |it| it.first.first, Share::Most, 0.7),
    Bar::new("repeat", |it| it.repeat.first, Share::Half, 0.05),
];

/// Which of a row's times.
type Column = fn(&Timed) -> Duration;

/// The columns of the table, by name.
const COLUMNS: [(&str, Column); 4] = [
    ("output", |it| it.first.first),
    ("own", |it| it.first.own),
    ("done", |it| it.first.done),
    ("repeat", |it| it.repeat.first),
];

/// What holds of a share of the cells.
struct Bar {
    column: &'static str,
    times: Column,
    share: Share,
    allowed: f64,
}

/// A share of the cells.
#[derive(Clone, Copy)]
enum Share {
    Half,
    Most,
    All,
}

impl Share {
    const EACH: [Share; 3] = [Share::Half, Share::Most, Share::All];

    fn name(self) -> &'static str {
        match self {
            Share::Half => "median",
            Share::Most => "95th percentile",
            Share::All => "worst",
        }
    }

    /// The time that so many cells keep within.
    fn of(self, rows: &[Timed], times: Column) -> Duration {
        let mut times: Vec<Duration> = rows.iter().map(times).collect();
        times.sort_unstable();
        let count = times.len();
        let within = match self {
            Share::Half => count.div_ceil(2),
            Share::Most => (95 * count).div_ceil(100),
            Share::All => count,
        };
        times[within - 1]
    }
}

impl Bar {
    const fn new(
        column: &'static str,
        times: Column,
        share: Share,
        allowed: f64,
    ) -> Bar {
        Bar {
            column,
            times,
            share,
            allowed,
        }
    }

    fn row(&self, rows: &[Timed]) -> Vec<String> {
        let found = self.share.of(rows, self.times).as_secs_f64();
        let is_met = found <= self.allowed;
        vec![
            format!("{}, {}", self.column, self.share.name()),
            seconds(found),
            format!("at most {}", self.allowed),
            if is_met { "met" } else { "NOT MET" }.to_owned(),
        ]
    }
}

/// The times of at least one cell.
pub struct Report<'a> {
    rows: &'a [Timed],
    /// How many cells do not run: they have no times.
    skipped: usize,
}

impl<'a> Report<'a> {
    pub fn new(rows: &'a [Timed], skipped: usize) -> Self {
        Report { rows, skipped }
    }

    /// The tables.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{}, {}\nrustc {}\n\n\
             Seconds from the press of a cell's button. The program was never \
             built: to the\nfirst output of it, to the first of this cell \
             (own), which those above it in its\nsection keep waiting, and to \
             the end (done). Once more, unchanged, to the first\noutput \
             (repeat).\n\n",
            machine(),
            today(),
            rustc(),
        );
        let head = ["page", "cell"].into_iter();
        let columns = COLUMNS.iter().map(|(name, _)| *name);
        let mut table = vec![words(head.chain(columns))];
        for row in self.rows {
            let first = [row.page.display().to_string(), row.cell.to_string()];
            let times = COLUMNS.iter().map(|(_, times)| times(row));
            let times = times.map(|time| seconds(time.as_secs_f64()));
            table.push(first.into_iter().chain(times).collect());
        }
        for share in Share::EACH {
            let first = [share.name().to_owned(), self.rows.len().to_string()];
            let columns = COLUMNS.iter();
            let times = columns.map(|(_, times)| share.of(self.rows, *times));
            let times = times.map(|time| seconds(time.as_secs_f64()));
            table.push(first.into_iter().chain(times).collect());
        }
        text += &aligned(&table);
        if self.skipped > 0 {
            let _ = writeln!(text, "\n{} cells do not run.", self.skipped);
        }
        let mut table = vec![words(["bar", "found", "asked", ""])];
        table.extend(BARS.iter().map(|bar| bar.row(self.rows)));
        text + "\nThe bars:\n\n" + &aligned(&table)
    }

    /// Writes the file, which [`cells::Measurements`] reads, whole or not at
    /// all.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        measure::write(path, &self.to_toml())
            .with_context(|| format!("cannot write {}", path.display()))
    }

    fn to_toml(&self) -> String {
        let mut text = format!(
            "# Written by the command below; never by hand.\n\
             machine = {:?}\ndate = {:?}\ncommand = \"cargo book time --write\"\n\
             \n[versions]\nrustc = {:?}\n",
            machine(),
            today(),
            rustc(),
        );
        for (column, times) in COLUMNS {
            let _ = write!(text, "\n[all.{column}] # seconds\n");
            for share in Share::EACH {
                let time = share.of(self.rows, times).as_secs_f64();
                let (name, time) = (share.name(), seconds(time));
                let _ = writeln!(text, "{name:?} = {time}");
            }
        }
        for (column, times) in COLUMNS {
            for rows in self.rows.chunk_by(|one, next| one.page == next.page) {
                let page = rows[0].page.with_extension("");
                let page = page.to_string_lossy().replace('\\', "/");
                let _ = write!(text, "\n[{column}.{page:?}] # seconds\n");
                for row in rows {
                    let time = seconds(times(row).as_secs_f64());
                    let _ = writeln!(text, "{} = {time}", row.cell);
                }
            }
        }
        text
    }
}

fn today() -> String {
    OffsetDateTime::now_utc().date().to_string()
}

fn seconds(time: f64) -> String {
    format!("{time:.3}")
}

fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use cells::Measurements;

    use super::super::visit::Times;
    use super::*;

    /// Cells of two pages, which take 10 ms, 20 ms and so on, and half of that
    /// once more.
    fn rows(count: u32) -> Vec<Timed> {
        let times = |milliseconds: u32| {
            let first = Duration::from_millis(milliseconds.into());
            Times {
                first,
                own: 2 * first,
                done: 3 * first,
            }
        };
        let row = |number: u32| Timed {
            page: if number <= 2 { "a/one.md" } else { "two.md" }.into(),
            cell: number as usize,
            first: times(10 * number),
            repeat: times(5 * number),
        };
        (1..=count).map(row).collect()
    }

    #[test]
    fn a_share_of_the_cells_keeps_within_a_time() {
        for (count, times) in
            [(1, [10, 10, 10]), (4, [20, 40, 40]), (40, [200, 380, 400])]
        {
            let rows = rows(count);
            let found = Share::EACH.map(|it| it.of(&rows, |it| it.first.first));
            assert_eq!(found, times.map(Duration::from_millis), "{count}");
        }
    }

    #[test]
    fn each_cell_has_a_row_and_each_bar() {
        let rows = rows(60);
        let text = Report::new(&rows, 3).text();
        for line in [
            "| two.md          |   12 |  0.120 | 0.240 | 0.360 |  0.060 |",
            "| 95th percentile |   60 |  0.570 | 1.140 | 1.710 |  0.285 |",
            "3 cells do not run.",
            "| output, median          | 0.300 | at most 0.35 |     met |",
            "| repeat, median          | 0.150 | at most 0.05 | NOT MET |",
        ] {
            assert!(text.contains(line), "no {line} in\n{text}");
        }
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    }

    #[test]
    fn what_is_written_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("measured/cells.toml");
        Report::new(&rows(4), 0).write(&path).unwrap();
        let read = Measurements::read(&path).unwrap();
        assert_eq!(read.command, "cargo book time --write");
        for (table, key, value) in [
            ("all.output", "95th percentile", 0.04),
            ("own.a/one", "2", 0.04),
            ("repeat.two", "3", 0.015),
        ] {
            assert_eq!(read.value(table, key), Ok(value), "{table} {key}");
        }
    }
}
