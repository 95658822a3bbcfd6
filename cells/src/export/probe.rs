//! Which variables a kernel can keep that runs one cell at a time.
//!
//! It moves each variable into a box between two cells. So the variable can
//! hold no borrow of another, its type must have a name, and it must be known
//! from the cells above, whatever those below do with it. All of that is asked
//! of the compiler. For each variable, two closures return it as it is right
//! after its cell; in one of them the cells below follow. They are compiled,
//! and never called.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Output};

use crate::live::{Libraries, answer};

/// What is the same in every program: `name` tells what a closure returns, and
/// `same` brings a variable's type out of it.
const HEAD: &str = "
fn name<T: 'static>(
    _: impl FnOnce() -> Result<T, Box<dyn std::error::Error>>,
) -> &'static str {
    std::any::type_name::<T>()
}
fn same<T>(_: &T) -> Option<T> { None }
fn never() -> bool { false }
";

/// The code of the error that a variable is used which has been moved.
const MOVED: &str = "E0382";

/// How often the compiler is asked again, at most, without what it refused: one
/// error hides others.
const ROUNDS: usize = 8;

/// A variable of a section: which of its cells it is of, and its name.
pub(super) type Variable = (usize, String);

/// A closure that returns a variable.
struct Probe<'a> {
    variable: &'a Variable,
    section: usize,
    /// Whether the cells below follow.
    is_whole: bool,
    is_refused: bool,
}

/// The variables of each section that cannot be kept, given the texts of the
/// section's cells and the variables that these end with.
pub(super) fn unkept(
    sections: &[(Vec<String>, Vec<Variable>)],
    libraries: &Libraries,
    folder: &Path,
    start: &mut dyn FnMut(Command) -> io::Result<Output>,
) -> io::Result<Vec<BTreeSet<Variable>>> {
    let mut unkept = vec![BTreeSet::new(); sections.len()];
    let mut probes = Vec::new();
    for (section, (_, variables)) in sections.iter().enumerate() {
        for variable in variables {
            for is_whole in [false, true] {
                probes.push(Probe {
                    variable,
                    section,
                    is_whole,
                    is_refused: false,
                });
            }
        }
    }
    for _ in 0..ROUNDS {
        let (text, lines) = program(&probes, sections);
        match answer(&text, libraries, folder, start)? {
            Ok(said) => {
                compare(&said, &probes, &mut unkept);
                return Ok(unkept);
            }
            Err(errors) => {
                let mut is_any = false;
                for (code, line) in errors {
                    let is_here =
                        |it: &&(usize, Range<usize>)| it.1.contains(&line);
                    let Some((at, _)) = lines.iter().find(is_here) else {
                        continue;
                    };
                    let probe = &mut probes[*at];
                    is_any = true;
                    probe.is_refused = true;
                    // What has been moved is there no more to be kept.
                    if code != MOVED {
                        let variable = probe.variable.clone();
                        unkept[probe.section].insert(variable);
                    }
                }
                if !is_any {
                    break;
                }
            }
        }
    }
    let all = sections.iter().map(|(_, variables)| variables);
    Ok(all.map(|it| it.iter().cloned().collect()).collect())
}

/// The program of all probes that were not refused, and their lines in it.
fn program(
    probes: &[Probe],
    sections: &[(Vec<String>, Vec<Variable>)],
) -> (String, Vec<(usize, Range<usize>)>) {
    let mut text = HEAD.to_owned();
    let mut main = "fn main() {\n".to_owned();
    let mut lines = Vec::new();
    let end = |text: &str| text.matches('\n').count() + 1;
    for (at, probe) in probes.iter().enumerate() {
        if probe.is_refused {
            continue;
        }
        let (cell, name) = probe.variable;
        let (above, below) = sections[probe.section].0.split_at(cell + 1);
        let first = end(&text);
        let _ = writeln!(text, "fn probe{at}() -> &'static str {{ name(|| {{");
        for cell in above {
            let _ = writeln!(text, "{cell}\n;");
        }
        if probe.is_whole {
            let _ =
                writeln!(text, "if never() {{ return Ok(same(&{name})); }}");
            for cell in below {
                let _ = writeln!(text, "{cell}\n;");
            }
            text += "panic!()";
        } else {
            let _ = write!(text, "Ok(same(&{name}))");
        }
        text += "\n}) }\n";
        lines.push((at, first..end(&text)));
        let _ = writeln!(main, "println!(\"{at} {{}}\", probe{at}());");
    }
    main += "}\n";
    (text + &main, lines)
}

/// Adds the variables whose types have no name, or are others where the cells
/// below follow.
fn compare(said: &str, probes: &[Probe], unkept: &mut [BTreeSet<Variable>]) {
    let mut types: BTreeMap<(usize, &Variable), BTreeSet<String>> =
        BTreeMap::new();
    for line in said.lines() {
        let Some((at, name)) = line.split_once(' ') else {
            continue;
        };
        let Some(probe) = at.parse().ok().and_then(|at: usize| probes.get(at))
        else {
            continue;
        };
        // What a cell defines is in the closure, by this name.
        let within = format!("probe{at}::{{{{closure}}}}::");
        let name = name.replace(&within, "");
        let key = (probe.section, probe.variable);
        types.entry(key).or_default().insert(name);
    }
    for ((section, variable), names) in types {
        let is_nameless = names.iter().any(|name| name.contains("{{"));
        if is_nameless || names.len() > 1 {
            unkept[section].insert(variable.clone());
        }
    }
}
