//! Where and when.

use std::{fs, path::Path, process::Command, thread};

/// The processor's name, its cores, its caches.
pub fn machine() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let name = fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| model(&text))
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let plural = if cores == 1 { "" } else { "s" };
    let mut parts = vec![name, format!("{cores} core{plural}")];
    parts.extend((0..).map_while(|index| cache(&folder(index))));
    parts.join(", ")
}

/// Today, in UTC, as 2026-11-24.
pub fn date() -> String {
    time::OffsetDateTime::now_utc().date().to_string()
}

/// The compiler that cargo uses.
pub fn rustc() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
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
    fn a_date_has_ten_characters() {
        assert_eq!(date().len(), 10);
    }
}
