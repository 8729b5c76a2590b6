//! What a program is given beside its binary: environment, a CPU quota, a number of CPUs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, bail};

/// How a program is started.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// Names and values.
    pub(super) environment: Vec<(String, String)>,
    /// CPUs that the program's control group may use, in thousandths.
    pub(super) quota: Option<u64>,
    /// Whether the program is told of 64 CPUs, however many there are.
    pub(super) many_cpus: bool,
}

impl Surroundings {
    /// The command that starts the binary, and the control group it starts in.
    pub(super) fn command(&self, binary: &Path) -> anyhow::Result<(Command, Option<Group>)> {
        let group = self.quota.map(Group::new).transpose()?;
        let mut words: Vec<String> = Vec::new();
        if self.many_cpus {
            // The kernel's answer to "which CPUs may I use?" is replaced by eight bytes of ones.
            words.extend(
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=sched_getaffinity", "-e"]
                    .map(str::to_owned),
            );
            words.push(format!("inject=sched_getaffinity:retval=8:poke_exit=@arg3={}", "ff".repeat(8)));
        }
        words.push(binary.to_str().context("a path that is no text")?.to_owned());
        let mut command = match &group {
            // The program must be in the group before it starts: Go looks only once.
            Some(group) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", "echo $$ > \"$0\" && exec \"$@\""]).arg(group.members());
                shell.args(&words);
                shell
            }
            None => {
                let mut command = Command::new(&words[0]);
                command.args(&words[1..]);
                command
            }
        };
        command.env_remove("GOMAXPROCS").env_remove("GODEBUG").env_remove("GOGC");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Ok((command, group))
    }

    /// For the page, behind what is counted.
    pub(super) fn told(&self) -> String {
        let mut told: Vec<String> =
            self.environment.iter().map(|(name, value)| format!("`{name}={value}`")).collect();
        told.extend(self.quota.map(|quota| format!("a quota of {} CPUs", quota as f64 / 1000.0)));
        told.extend(self.many_cpus.then(|| "told of 64 CPUs".to_owned()));
        if told.is_empty() { String::new() } else { format!(", with {}", told.join(", ")) }
    }

    /// Says what is missing on this machine, and how to get it.
    pub(super) fn available(&self) -> anyhow::Result<()> {
        if self.many_cpus && Command::new("strace").arg("-V").output().is_err() {
            bail!("needs strace, which tells the program of 64 CPUs: apt-get install strace");
        }
        Ok(())
    }
}

/// A control group with a CPU quota, gone when the run is over.
pub(super) struct Group(PathBuf);

const V1: &str = "/sys/fs/cgroup/cpu";
const V2: &str = "/sys/fs/cgroup";
/// Microseconds; what container runtimes use.
const PERIOD: u64 = 100_000;

impl Group {
    fn new(thousandths: u64) -> anyhow::Result<Group> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("snag-prove-{}-{number}", std::process::id());
        let quota = thousandths * PERIOD / 1000;
        let how = "needs a control group with a CPU quota: run as root where /sys/fs/cgroup/cpu (version 1) or \
                   /sys/fs/cgroup with the controller cpu (version 2) can be written";
        if Path::new(V1).join("cpu.cfs_quota_us").exists() {
            let group = Group(Path::new(V1).join(name));
            fs::create_dir(&group.0).context(how)?;
            fs::write(group.0.join("cpu.cfs_period_us"), PERIOD.to_string()).context(how)?;
            fs::write(group.0.join("cpu.cfs_quota_us"), quota.to_string()).context(how)?;
            return Ok(group);
        }
        let controllers = fs::read_to_string(Path::new(V2).join("cgroup.controllers")).context(how)?;
        if !controllers.split_whitespace().any(|controller| controller == "cpu") {
            bail!(how);
        }
        fs::write(Path::new(V2).join("cgroup.subtree_control"), "+cpu").context(how)?;
        let group = Group(Path::new(V2).join(name));
        fs::create_dir(&group.0).context(how)?;
        fs::write(group.0.join("cpu.max"), format!("{quota} {PERIOD}")).context(how)?;
        Ok(group)
    }

    fn members(&self) -> PathBuf {
        self.0.join("cgroup.procs")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A group with members cannot be removed, and a member that was killed is one for a moment.
        for _ in 0..100 {
            for member in fs::read_to_string(self.members()).unwrap_or_default().lines() {
                let _ = Command::new("kill").args(["-9", member]).output();
            }
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        eprintln!("cannot remove {}", self.0.display());
    }
}
