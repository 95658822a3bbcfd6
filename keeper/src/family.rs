//! All that a program started, and what that started in turn.
//!
//! A process may leave its group, its session and its parent. On Linux the
//! keeper is made the parent of those that lost theirs, so that all of them
//! are below it for as long as they live; elsewhere the group is all that is
//! known.

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, wait};

/// The processes below this one.
pub fn descendants() -> Vec<Pid> {
    let mut found = Vec::new();
    visit(|process| found.push(process));
    found
}

/// How many bytes of memory these processes have in use. What several share
/// counts for each.
pub fn memory(processes: &[Pid]) -> u64 {
    processes.iter().copied().map(memory_of).sum()
}

/// Ends all descendants of this process, of which the program leads this
/// group.
pub fn end(group: Pid) {
    loop {
        // At once, so that none of the group can start another meanwhile.
        let _ = kill_process_group(group, Signal::KILL);
        visit(kill);
        if reap(|_, _| ()) == Below::Nothing {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

/// Whether there are processes below this one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Below {
    /// None.
    Nothing,
    /// Some.
    Something,
}

/// Takes note of all children that have ended.
pub fn reap(mut ended: impl FnMut(Pid, rustix::process::WaitStatus)) -> Below {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((child, status))) => ended(child, status),
            Ok(None) => return Below::Something,
            Err(Errno::INTR) => {}
            Err(_) => return Below::Nothing,
        }
    }
}

#[cfg(target_os = "linux")]
pub use linux::end_orphans;
#[cfg(target_os = "linux")]
use linux::{kill, memory_of, visit};

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use rustix::param::page_size;
    use rustix::process::{
        Pid, Signal, getpgid, getpgrp, getpid, kill_process, kill_process_group,
    };

    /// Kills a process, and its whole group with it unless that is our own.
    pub fn kill(process: Pid) {
        let _ = match getpgid(Some(process)) {
            Ok(group) if group != getpgrp() => {
                kill_process_group(group, Signal::KILL)
            }
            _ => kill_process(process, Signal::KILL),
        };
    }

    /// How many bytes of memory this process has in use.
    pub fn memory_of(process: Pid) -> u64 {
        let file = format!("/proc/{process}/statm");
        let pages = fs::read_to_string(file)
            .ok()
            .and_then(|sizes| sizes.split(' ').nth(1)?.parse::<u64>().ok());
        pages.unwrap_or_default() * page_size() as u64
    }

    /// Visits the processes below this one, each as soon as it is found: one
    /// that is killed must not have time to start many more.
    pub fn visit(mut visitor: impl FnMut(Pid)) {
        let Some(mut generation) = children(getpid()) else {
            return descendants_among_all().into_iter().for_each(visitor);
        };
        while !generation.is_empty() {
            generation.iter().copied().for_each(&mut visitor);
            let next = generation.into_iter().filter_map(children);
            generation = next.flatten().collect();
        }
    }

    /// The children of a process, where the system lists them.
    fn children(process: Pid) -> Option<Vec<Pid>> {
        let mut children = Vec::new();
        for thread in fs::read_dir(format!("/proc/{process}/task")).ok()? {
            let list = thread.ok()?.path().join("children");
            let list = fs::read_to_string(list).ok()?;
            children.extend(list.split_whitespace().filter_map(id));
        }
        Some(children)
    }

    /// The processes below this one, found the long way.
    fn descendants_among_all() -> Vec<Pid> {
        let mut children: BTreeMap<i32, Vec<Pid>> = BTreeMap::new();
        for process in all() {
            if let Some([parent, ..]) = relations(process) {
                children.entry(parent).or_default().push(process);
            }
        }
        let mut found = Vec::new();
        let mut parents = vec![getpid()];
        while let Some(parent) = parents.pop() {
            let below = children.remove(&parent.as_raw_pid());
            let below = below.unwrap_or_default();
            found.extend(&below);
            parents.extend(below);
        }
        found
    }

    /// Ends what a dead keeper left: all of its session, and those with this
    /// entry in their environment.
    pub fn end_orphans(keeper: Pid, _group: Option<Pid>, mark: &str) {
        let is_left = |process: &Pid| {
            *process != keeper
                && (relations(*process).is_some_and(|[_, _, session]| {
                    session == keeper.as_raw_pid()
                }) || has_entry(*process, mark))
        };
        loop {
            let mut left = all().filter(is_left).peekable();
            if left.peek().is_none() {
                return;
            }
            for process in left {
                let _ = kill_process(process, Signal::KILL);
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    fn all() -> impl Iterator<Item = Pid> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries.filter_map(|entry| id(entry.file_name().to_str()?))
    }

    fn id(text: &str) -> Option<Pid> {
        text.parse().ok().and_then(Pid::from_raw)
    }

    /// The parent, the group and the session of a process that lives.
    fn relations(process: Pid) -> Option<[i32; 3]> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name before it may hold anything.
        let (_, rest) = stat.rsplit_once(") ")?;
        let mut fields = rest.split(' ');
        if matches!(fields.next()?, "Z" | "X") {
            return None;
        }
        let mut number = || fields.next()?.parse().ok();
        Some([number()?, number()?, number()?])
    }

    fn has_entry(process: Pid, entry: &str) -> bool {
        let file = Path::new("/proc").join(process.to_string());
        fs::read(file.join("environ")).is_ok_and(|environment| {
            environment
                .split(|byte| *byte == 0)
                .any(|it| it == entry.as_bytes())
        })
    }

    #[cfg(test)]
    mod tests {
        use super::super::descendants;
        use super::*;

        #[test]
        fn both_ways_find_the_same_descendants() {
            // A child with a child, and neither's output is of use.
            let mut shell = std::process::Command::new("sh")
                .args(["-c", "sleep 60 & echo ready; wait"])
                .stdout(std::process::Stdio::piped())
                .spawn()
                .expect("a shell");
            let mut ready = [0; 6];
            let stdout = shell.stdout.as_mut().expect("a pipe");
            std::io::Read::read_exact(stdout, &mut ready).expect("a line");
            let child = Pid::from_child(&shell);
            let grandchild = children(child).expect("a list");
            assert_eq!(grandchild.len(), 1);
            for found in [descendants(), descendants_among_all()] {
                assert!(found.contains(&child), "{found:?}");
                assert!(found.contains(&grandchild[0]), "{found:?}");
            }
            assert!(memory_of(child) > 0);
            // Both are of our own group.
            kill(grandchild[0]);
            kill(child);
            let _ = shell.wait();
            assert!(!descendants().contains(&child));
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use rustix::process::{Pid, Signal, kill_process_group};

    pub fn kill(_: Pid) {}

    pub fn memory_of(_: Pid) -> u64 {
        0
    }

    pub fn visit(_: impl FnMut(Pid)) {}

    /// Ends what a dead keeper left: the program's group.
    pub fn end_orphans(_: Pid, group: Option<Pid>, _: &str) {
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub use elsewhere::end_orphans;
#[cfg(not(target_os = "linux"))]
use elsewhere::{kill, memory_of, visit};
