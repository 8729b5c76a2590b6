//! Which container a process is in, from the names of its control groups.

/// A container as Kubernetes and container runtimes name it; empty where a process is in none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Container {
    /// 64 hexadecimal digits, as in `kubectl get pod -o yaml` behind `containerd://`.
    pub(super) id: String,
    /// The uid of the pod.
    pub(super) pod_uid: String,
}

/// Reads `/proc/PID/cgroup`.
pub(super) fn container(groups: &str) -> Container {
    let mut container = Container::default();
    for part in groups.lines().filter_map(|line| line.splitn(3, ':').nth(2)).flat_map(|path| path.split('/'))
    {
        if let Some(uid) = pod_uid(part) {
            container.pod_uid = uid;
        } else if let Some(id) = container_id(part) {
            container.id = id;
        }
    }
    container
}

/// `kubepods-burstable-pod1f0e..._....slice` of systemd, `pod1f0e...-...` of cgroupfs.
fn pod_uid(part: &str) -> Option<String> {
    const LENGTH: usize = 36;
    let part = part.strip_suffix(".slice").unwrap_or(part);
    let uid = match part.strip_prefix("kubepods") {
        Some(rest) => rest.rsplit_once("-pod")?.1,
        None => part.strip_prefix("pod")?,
    };
    // systemd keeps dashes for levels. Static pods have a hash of 32 digits.
    let uid = uid.replace('_', "-");
    let hexadecimal = uid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    (hexadecimal && (uid.len() == LENGTH || uid.len() == 32)).then_some(uid)
}

/// `cri-containerd-ID.scope`, `crio-ID.scope`, `docker-ID.scope`, `libpod-ID.scope`, or the plain ID.
fn container_id(part: &str) -> Option<String> {
    const LENGTH: usize = 64;
    let part = part.strip_suffix(".scope").unwrap_or(part);
    let id = part.rsplit_once(['-', ':']).map_or(part, |(_, id)| id);
    (id.len() == LENGTH && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4c01db0b339c2f4a9b1f3d0e6a7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8";
    const UID: &str = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    #[test]
    fn containers_are_found_in_every_spelling() {
        let systemd = UID.replace('-', "_");
        for (groups, id, uid) in [
            (
                format!(
                    "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{systemd}.slice/cri-containerd-{ID}.scope"
                ),
                ID,
                UID,
            ),
            (format!("0::/kubepods.slice/kubepods-pod{systemd}.slice/crio-{ID}.scope/container"), ID, UID),
            (format!("12:cpu,cpuacct:/kubepods/burstable/pod{UID}/{ID}\n1:name=systemd:/"), ID, UID),
            (format!("0::/system.slice/docker-{ID}.scope"), ID, ""),
            (format!("4:memory:/docker/{ID}\n0::/"), ID, ""),
            (
                format!(
                    "0::/system.slice/containerd.service/kubepods-burstable-pod{systemd}.slice:cri-containerd:{ID}"
                ),
                ID,
                "",
            ),
            ("0::/kubepods/podlike/short".to_owned(), "", ""),
            ("0::/system.slice/ssh.service".to_owned(), "", ""),
            ("nonsense\n::\n0::/podäöü".to_owned(), "", ""),
            (String::new(), "", ""),
        ] {
            let expected = Container { id: id.to_owned(), pod_uid: uid.to_owned() };
            assert_eq!(container(&groups), expected, "{groups}");
        }
    }
}
