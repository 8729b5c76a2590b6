//! More Ps than the control group pays CPUs for.

use crate::Confidence;
use crate::live::{LiveFindings, Sightings};

/// The runtime itself never takes less than this from a quota.
const LEAST: u32 = 2;

pub(crate) fn look(sightings: Sightings<'_>, findings: &mut LiveFindings) {
    let snapshot = sightings.second;
    let (Some(procs), Some(quota)) = (snapshot.gomaxprocs, &snapshot.quota) else { return };
    if sightings.first.gomaxprocs != Some(procs) || f64::from(procs) <= quota.cpus.ceil().max(f64::from(LEAST)) {
        return;
    }
    let confidence = if quota.throttled > 0 { Confidence::Certain } else { Confidence::Likely };
    let message = format!(
        "GOMAXPROCS is {procs} under a quota of {:.2} CPUs: when a burst has used the quota up, the kernel stops the \
         whole program until the next period",
        quota.cpus
    );
    let finding = findings.add(confidence, message);
    let seconds = quota.throttled_time.as_secs_f64();
    finding.saw(
        format!("stopped in {} of {} periods, for {seconds:.1} s altogether", quota.throttled, quota.periods),
        None,
    );
    let more = sightings.first.quota.as_ref().and_then(|before| quota.throttled.checked_sub(before.throttled));
    if let Some(more) = more.filter(|&more| more > 0) {
        let time = snapshot.taken.saturating_sub(sightings.first.taken).as_millis();
        finding.saw(format!("stopped in {more} more periods in the {time} ms between two looks"), None);
    }
    finding.saw(format!("the quota is set in {}", quota.source), None);
}
