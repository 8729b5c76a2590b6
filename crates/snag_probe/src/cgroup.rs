//! CPU quotas of control groups, versions 1 and 2.

use std::fs;
use std::time::Duration;

use snag_threads::snapshot::Quota;

/// The tightest quota above a process; none if nobody set one, or why that is not known.
pub(crate) fn read(pid: i32) -> Result<Option<Quota>, String> {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup"))
        .map_err(|error| format!("cannot read the control groups of process {pid}: {error}"))?;
    let mounts = fs::read_to_string("/proc/self/mountinfo")
        .map_err(|error| format!("cannot read where control groups are mounted: {error}"))?;
    quota(&groups, &mounts, &|path| fs::read_to_string(path).ok())
}

/// As [`read`], with what the kernel says handed in.
fn quota(groups: &str, mounts: &str, file: &dyn Fn(&str) -> Option<String>) -> Result<Option<Quota>, String> {
    let mut tightest: Option<Quota> = None;
    let mut unseen = None;
    for group in groups.lines().filter_map(Group::parse) {
        let found = mounts.lines().filter_map(Mount::parse).find(|mount| mount.version == group.version);
        let Some(folder) = found.as_ref().and_then(|mount| mount.folder(group.path)) else {
            unseen = Some(group.path.to_owned());
            continue;
        };
        let Some(mount) = found else { continue };
        for folder in upwards(&folder, &mount.point) {
            let Some((cpus, source)) = group.version.limit(folder, file) else { continue };
            if tightest.as_ref().is_none_or(|known| cpus < known.cpus) {
                tightest = Some(group.version.quota(folder, cpus, source, file));
            }
        }
    }
    match (tightest, unseen) {
        (None, Some(path)) => {
            Err(format!("the control group {path} of the process is not visible from here"))
        }
        (quota, _) => Ok(quota),
    }
}

/// Versions of control groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// A line of `/proc/PID/cgroup` that is about the CPU.
struct Group<'l> {
    version: Version,
    path: &'l str,
}

impl<'l> Group<'l> {
    fn parse(line: &'l str) -> Option<Group<'l>> {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        if controllers.is_empty() {
            return Some(Group { version: Version::Two, path });
        }
        controllers
            .split(',')
            .any(|controller| controller == "cpu")
            .then_some(Group { version: Version::One, path })
    }
}

/// A line of `/proc/self/mountinfo` that is about the CPU.
struct Mount {
    version: Version,
    /// Which group is seen at the mount point.
    root: String,
    point: String,
}

impl Mount {
    fn parse(line: &str) -> Option<Mount> {
        let (left, right) = line.split_once(" - ")?;
        let mut left = left.split(' ').skip(3);
        let (root, point) = (left.next()?.to_owned(), left.next()?.to_owned());
        let mut right = right.split(' ');
        let version = match right.next()? {
            "cgroup2" => Version::Two,
            "cgroup" if right.nth(1)?.split(',').any(|option| option == "cpu") => Version::One,
            _ => return None,
        };
        Some(Mount { version, root, point })
    }

    fn folder(&self, path: &str) -> Option<String> {
        let below = if self.root == "/" { path } else { path.strip_prefix(&self.root)? };
        // A path that begins with "/.." is above everything that is visible here.
        if below.split('/').any(|part| part == "..") {
            return None;
        }
        Some(format!("{}/{}", self.point, below.trim_start_matches('/')).trim_end_matches('/').to_owned())
    }
}

/// A folder and those above it, up to the mount point.
fn upwards<'f>(folder: &'f str, point: &str) -> impl Iterator<Item = &'f str> {
    let shortest = point.len();
    std::iter::successors(Some(folder), move |folder| {
        let (parent, _) = folder.rsplit_once('/')?;
        (parent.len() >= shortest).then_some(parent)
    })
}

impl Version {
    fn limit(self, folder: &str, file: &dyn Fn(&str) -> Option<String>) -> Option<(f64, String)> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| *number > 0.0);
        match self {
            Version::Two => {
                let source = format!("{folder}/cpu.max");
                let text = file(&source)?;
                let (quota, period) = text.trim().split_once(' ')?;
                Some((number(quota)? / number(period)?, source))
            }
            Version::One => {
                let source = format!("{folder}/cpu.cfs_quota_us");
                let quota = number(&file(&source)?)?;
                Some((quota / number(&file(&format!("{folder}/cpu.cfs_period_us"))?)?, source))
            }
        }
    }

    fn quota(self, folder: &str, cpus: f64, source: String, file: &dyn Fn(&str) -> Option<String>) -> Quota {
        let text = file(&format!("{folder}/cpu.stat")).unwrap_or_default();
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            value.and_then(|value| value.trim().parse::<u64>().ok()).unwrap_or(0)
        };
        let throttled_time = match self {
            Version::One => Duration::from_nanos(field("throttled_time")),
            Version::Two => Duration::from_micros(field("throttled_usec")),
        };
        Quota { cpus, source, periods: field("nr_periods"), throttled: field("nr_throttled"), throttled_time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files<'f>(files: &'f [(&'f str, &'f str)]) -> impl Fn(&str) -> Option<String> + 'f {
        move |path| files.iter().find(|(known, _)| *known == path).map(|(_, text)| (*text).to_owned())
    }

    #[test]
    fn version_two_takes_the_tightest_group_above() {
        let mounts = "31 23 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";
        let file = files(&[
            ("/sys/fs/cgroup/pod/cpu.max", "50000 100000\n"),
            (
                "/sys/fs/cgroup/pod/cpu.stat",
                "usage_usec 7\nnr_periods 40\nnr_throttled 12\nthrottled_usec 1500\n",
            ),
            ("/sys/fs/cgroup/pod/app/cpu.max", "max 100000\n"),
        ]);
        let quota = quota("0::/pod/app\n", mounts, &file).expect("visible").expect("a quota");
        assert_eq!((quota.cpus, quota.periods, quota.throttled), (0.5, 40, 12));
        assert_eq!(quota.throttled_time, Duration::from_micros(1500));
        assert_eq!(quota.source, "/sys/fs/cgroup/pod/cpu.max");
    }

    #[test]
    fn version_one_is_below_the_group_that_is_mounted() {
        let mounts = "40 23 0:30 /docker/a /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n";
        let file = files(&[
            ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n"),
            ("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"),
            ("/sys/fs/cgroup/cpu/cpu.stat", "nr_periods 9\nnr_throttled 3\nthrottled_time 2000000\n"),
        ]);
        let groups = "5:cpu,cpuacct:/docker/a\n4:memory:/docker/a\n";
        let quota = quota(groups, mounts, &file).expect("visible").expect("a quota");
        assert_eq!((quota.cpus, quota.throttled), (1.5, 3));
        assert_eq!(quota.throttled_time, Duration::from_millis(2));
    }

    #[test]
    fn no_quota_and_an_invisible_group_are_not_the_same() {
        let mounts = "31 23 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        assert_eq!(quota("0::/a\n", mounts, &|_| None), Ok(None));
        let outcome = quota("0::/../b\n", mounts, &|_| None);
        assert_eq!(
            outcome,
            Err("the control group /../b of the process is not visible from here".to_owned())
        );
    }
}
