//! Confines a thread, and all that it starts.

use std::io;

use crate::Confinement;

#[cfg(target_os = "linux")]
pub use linux::{confine, confinement};

#[cfg(target_os = "linux")]
mod linux {
    use std::env::consts::ARCH;
    use std::path::PathBuf;
    use std::thread;

    use landlock::{
        ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible,
        LandlockStatus, RestrictionStatus, Ruleset, RulesetAttr,
        RulesetCreatedAttr, RulesetError, Scope, path_beneath_rules,
    };
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

    use super::{Confinement, io};

    /// The newest rights that are asked for. A system that does not know some
    /// of them keeps the others.
    const NEWEST: ABI = ABI::V10;

    /// Confines the thread that calls this, with no way back, and all that it
    /// starts from then on.
    ///
    /// # Errors
    ///
    /// It cannot be confined at all.
    pub fn confine(confinement: &Confinement) -> io::Result<()> {
        let status = restrict(confinement).map_err(io::Error::other)?;
        if let Some(why) = why_not(status.landlock) {
            return Err(io::Error::new(io::ErrorKind::Unsupported, why));
        }
        close_ways().map_err(io::Error::other)
    }

    /// The ways to other programs of the same user that are no files, which
    /// Landlock leaves open, but for some in its latest versions.
    const WAYS: [i64; 10] = [
        // By these they are asked to do things: the desktop's bus, Docker's,
        // the agent that holds the keys.
        libc::SYS_socket,
        // It can open one as well.
        libc::SYS_io_uring_setup,
        // The keys that the system itself holds for the user.
        libc::SYS_add_key,
        libc::SYS_keyctl,
        libc::SYS_request_key,
        // Memory and messages that have no owner, and outlive all programs.
        libc::SYS_mq_open,
        libc::SYS_msgget,
        libc::SYS_semget,
        libc::SYS_shmget,
        // What happens on the whole machine.
        libc::SYS_perf_event_open,
    ];

    /// On x86, every call has a second number, for programs with short
    /// pointers.
    const SECOND: i64 = 1 << 30;

    /// Has the system refuse these to this thread.
    fn close_ways() -> Result<(), seccompiler::Error> {
        let calls = WAYS.into_iter().flat_map(|call| [call, SECOND | call]);
        let refuse = SeccompAction::Errno(libc::EACCES.unsigned_abs());
        let filter = SeccompFilter::new(
            calls.map(|call| (call, Vec::new())).collect(),
            SeccompAction::Allow,
            refuse,
            TargetArch::try_from(ARCH)?,
        )?;
        seccompiler::apply_filter(&BpfProgram::try_from(filter)?)
    }

    /// The version of Landlock with which this system can confine.
    ///
    /// # Errors
    ///
    /// It cannot, and why, in a sentence for a reader.
    pub fn confinement() -> Result<u32, String> {
        // What a thread may do is its own: that of this one ends with it.
        let attempt = thread::spawn(|| restrict(&Confinement::default()));
        let status = attempt
            .join()
            .map_err(|_| "The system refuses to confine.".to_owned())?
            .map_err(|error| format!("The system refuses: {error}."))?;
        match status.landlock {
            LandlockStatus::Available {
                effective_abi,
                kernel_abi,
            } => Ok(kernel_abi.map_or(effective_abi as u32, i32::unsigned_abs)),
            status => Err(why_not(status).unwrap_or_default()),
        }
    }

    fn why_not(status: LandlockStatus) -> Option<String> {
        let why = match status {
            LandlockStatus::Available { .. } => return None,
            LandlockStatus::NotEnabled => {
                "Landlock is turned off in this Linux: `landlock` is missing \
                 from the kernel's parameter `lsm`."
            }
            LandlockStatus::NotImplemented => {
                "This Linux has no Landlock: it came with version 5.13."
            }
        };
        Some(why.to_owned())
    }

    fn restrict(
        confinement: &Confinement,
    ) -> Result<RestrictionStatus, RulesetError> {
        let read = AccessFs::from_read(NEWEST) & !AccessFs::Execute;
        let run = read | AccessFs::Execute;
        // No device: the file of a disk, wherever it is made, is the disk.
        let write = AccessFs::from_all(NEWEST)
            & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev);
        let rules = |paths: &[PathBuf], access: BitFlags<AccessFs>| {
            path_beneath_rules(paths.to_vec(), access)
        };
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?
            .add_rules(rules(&confinement.read, read))?
            .add_rules(rules(&confinement.run, run))?
            .add_rules(rules(&confinement.write, write))?
            .restrict_self()
    }
}

/// Confines the thread that calls this.
///
/// # Errors
///
/// It cannot be confined.
#[cfg(not(target_os = "linux"))]
pub fn confine(_: &Confinement) -> io::Result<()> {
    let why = confinement().err().unwrap_or_default();
    Err(io::Error::new(io::ErrorKind::Unsupported, why))
}

/// Whether this system can confine.
///
/// # Errors
///
/// It cannot, and why, in a sentence for a reader.
#[cfg(not(target_os = "linux"))]
pub fn confinement() -> Result<u32, String> {
    Err("Only Linux can confine what a cell does.".to_owned())
}
