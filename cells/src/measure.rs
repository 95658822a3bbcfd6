//! What programs that measure have in common: where they measure, tables, and
//! the file that [`Measurements`](crate::Measurements) reads.

use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::write;

/// The processor's name, its cores, its caches.
#[must_use]
pub fn machine() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let name = fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| model(&text))
        .unwrap_or_else(|| env::consts::ARCH.to_owned());
    let plural = if cores == 1 { "" } else { "s" };
    let mut parts = vec![name, format!("{cores} core{plural}")];
    parts.extend((0..).map_while(|index| cache(&folder(index))));
    parts.join(", ")
}

/// The version of the compiler that cargo uses.
#[must_use]
pub fn rustc() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    Command::new(rustc)
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .and_then(|text| text.split_whitespace().nth(1).map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned())
}

fn model(cpuinfo: &str) -> Option<String> {
    let mut lines = cpuinfo.lines();
    let line = lines.find(|line| line.starts_with("model name"))?;
    let (_, name) = line.split_once(':')?;
    Some(name.trim().to_owned())
}

fn folder(index: usize) -> String {
    format!("/sys/devices/system/cpu/cpu0/cache/index{index}")
}

fn cache(folder: &str) -> Option<String> {
    let read = |file: &str| -> Option<String> {
        let text = fs::read_to_string(Path::new(folder).join(file)).ok()?;
        Some(text.trim().to_owned())
    };
    let letter = match read("type")?.as_str() {
        "Data" => "d",
        "Instruction" => "i",
        _ => "",
    };
    Some(format!("L{}{letter} {}", read("level")?, read("size")?))
}

/// Rows as a table in Markdown, the first of them its head; all columns but the
/// first stand to the right.
#[must_use]
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &[String]| {
        let cells = widths.iter().enumerate().map(|(column, &width)| {
            let cell = row.get(column).map_or("", String::as_str);
            if column == 0 {
                format!("{cell:width$}")
            } else {
                format!("{cell:>width$}")
            }
        });
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule = |(column, &width): (usize, &usize)| {
        let (dashes, end) = match column {
            0 => (width, ""),
            _ => (width.saturating_sub(1), ":"),
        };
        "-".repeat(dashes) + end
    };
    let rule: Vec<String> = widths.iter().enumerate().map(rule).collect();
    let (head, body) = rows.split_at(rows.len().min(1));
    let lines = head.iter().map(Vec::as_slice);
    let lines = lines
        .chain([&rule[..]])
        .chain(body.iter().map(Vec::as_slice));
    lines.map(line).collect()
}

/// Writes a file of measurements, whole or not at all, and its folder.
///
/// # Errors
///
/// It cannot be written.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    fs::create_dir_all(path.parent().unwrap_or(&path))?;
    write::whole(&path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_found() {
        let cpuinfo = "processor\t: 0\nmodel name\t: AMD EPYC 9B14\nflags\t:";
        assert_eq!(model(cpuinfo).as_deref(), Some("AMD EPYC 9B14"));
        assert_eq!(model("processor\t: 0"), None);
    }

    #[test]
    fn columns_are_aligned() {
        let row =
            |cells: &[&str]| cells.iter().map(|it| (*it).into()).collect();
        let rows = [row(&["a", "number"]), row(&["long", "1.5"]), row(&["b"])];
        assert_eq!(
            aligned(&rows),
            "\
| a    | number |
| ---- | -----: |
| long |    1.5 |
| b    |        |
"
        );
    }

    #[test]
    fn a_file_is_written_over_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("measured/some.toml");
        for text in ["one", "two"] {
            write(&path, text).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        let files = fs::read_dir(path.parent().unwrap()).unwrap();
        assert_eq!(files.count(), 1);
    }
}
