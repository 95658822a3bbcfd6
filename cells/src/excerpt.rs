//! Lines of a page that must be lines of a file.

/// Finds `rows` in `file`: one below the other, apart from how far the whole
/// is indented; a row of only `// ...` stands for any lines between.
///
/// # Errors
///
/// The first row that differs, from 1, where the excerpt fits best, and what
/// the file has there.
pub(crate) fn find(rows: &[String], file: &str) -> Result<(), (usize, String)> {
    let file: Vec<&str> = file.lines().map(str::trim_end).collect();
    let rows: Vec<&str> = rows.iter().map(|row| row.trim_end()).collect();
    let margin = rows
        .iter()
        .filter(|row| !row.is_empty() && !is_gap(row))
        .map(|row| indentation(row).len())
        .min()
        .unwrap_or(0);
    let rows: Vec<&str> = rows
        .iter()
        .map(|row| row.get(margin..).unwrap_or("").trim_end())
        .collect();
    let Some(first) =
        rows.iter().position(|row| !row.is_empty() && !is_gap(row))
    else {
        return Err((0, "it shows no lines".into()));
    };
    let mut best = (first, None);
    for start in 0..file.len() {
        let Some(margin) = file[start].strip_suffix(rows[first]) else {
            continue;
        };
        if !margin.trim().is_empty() {
            continue;
        }
        match follow(&rows[first..], &file, start, margin) {
            Ok(()) => return Ok(()),
            Err((row, at)) if first + row > best.0 => {
                best = (first + row, Some(at));
            }
            Err(_) => {}
        }
    }
    let (row, at) = best;
    let text = rows[row];
    Err((
        row + 1,
        match at {
            None => format!("it has no line `{text}`"),
            Some(None) => format!("no line `{text}` follows in the file"),
            Some(Some(line)) => format!(
                "its line {} is `{}`, not `{text}`",
                line + 1,
                file[line].trim()
            ),
        },
    ))
}

/// Follows `rows` down the file from `start`, where the first of them is.
///
/// The error is the row that does not follow and the line that is there
/// instead, if any.
fn follow(
    rows: &[&str],
    file: &[&str],
    start: usize,
    margin: &str,
) -> Result<(), (usize, Option<usize>)> {
    let is_at = |line: usize, row: &str| {
        file.get(line).is_some_and(|found| {
            if row.is_empty() {
                found.is_empty()
            } else {
                found.strip_prefix(margin) == Some(row)
            }
        })
    };
    let mut line = start;
    let mut row = 0;
    while row < rows.len() {
        if !is_gap(rows[row]) {
            if !is_at(line, rows[row]) {
                return Err((row, (line < file.len()).then_some(line)));
            }
            row += 1;
            line += 1;
            continue;
        }
        row += 1;
        let part = rows[row..].iter().take_while(|row| !is_gap(row)).count();
        let part = &rows[row..row + part];
        // How many rows fit from a line of the file on.
        let run = |from: usize| {
            let rows = part.iter().enumerate();
            rows.take_while(|(at, row)| is_at(from + at, row)).count()
        };
        let Some(from) =
            (line..=file.len()).find(|from| run(*from) == part.len())
        else {
            let best = (line..file.len()).max_by_key(|from| run(*from));
            let (fit, from) = best.map_or((0, 0), |from| (run(from), from));
            let instead =
                (fit > 0 && from + fit < file.len()).then_some(from + fit);
            return Err((row + fit, instead));
        };
        line = from;
    }
    Ok(())
}

fn is_gap(row: &str) -> bool {
    row.trim() == "// ..."
}

fn indentation(row: &str) -> &str {
    &row[..row.len() - row.trim_start().len()]
}
