//! Readings as metric families. Names and units follow the conventions of Prometheus; docs/export.md lists them.

use super::encode::{Family, Kind, Sample};
use super::figures::Figures;

/// What was read at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    pub(super) processes: Vec<Figures>,
    /// By cause.
    pub(super) unreadable: Vec<(&'static str, u64)>,
    /// Go processes that were not read, by what was in short supply.
    pub(super) left_out: Vec<(&'static str, u64)>,
    /// How long reading took.
    pub(super) seconds: f64,
    pub(super) own: Own,
}

/// What Snag itself has used.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Own {
    pub(super) readings: u64,
    pub(super) cpu_seconds: f64,
    pub(super) resident_bytes: f64,
}

/// Everything that is told.
pub(super) fn families(reading: &Reading) -> Vec<Family> {
    let mut families = own(reading);
    families.extend(goroutines(reading));
    families.extend(threads(reading));
    families.extend(scheduler(reading));
    families.extend(quota(reading));
    families.extend(findings(reading));
    families
}

fn gauge(name: &'static str, help: &'static str) -> Family {
    Family { name, help, kind: Kind::Gauge, samples: Vec::new() }
}

fn counter(name: &'static str, help: &'static str) -> Family {
    Family { name, help, kind: Kind::Counter, samples: Vec::new() }
}

type Labels = Vec<(&'static str, String)>;

impl Family {
    /// A number without labels.
    fn of(mut self, value: f64) -> Family {
        self.samples.push(Sample { labels: Vec::new(), value });
        self
    }

    /// Numbers by one label.
    fn by(mut self, label: &'static str, values: &[(&'static str, u64)]) -> Family {
        let samples = values
            .iter()
            .map(|(key, count)| Sample { labels: vec![(label, (*key).to_owned())], value: *count as f64 });
        self.samples.extend(samples);
        self
    }

    /// Numbers of every process, each with further labels.
    fn each(mut self, reading: &Reading, values: impl Fn(&Figures) -> Vec<(Labels, f64)>) -> Family {
        for process in &reading.processes {
            for (further, value) in values(process) {
                let mut labels = vec![
                    ("program", process.identity.program.clone()),
                    ("pid", process.identity.pid.to_string()),
                ];
                labels.extend(further);
                self.samples.push(Sample { labels, value });
            }
        }
        self
    }

    /// A number of every process that has it.
    fn one<N: Into<f64>>(self, reading: &Reading, value: impl Fn(&Figures) -> Option<N>) -> Family {
        self.each(reading, |process| {
            value(process).map(|value| (Vec::new(), value.into())).into_iter().collect()
        })
    }
}

/// Numbers by one label of a process.
fn keyed(label: &'static str, values: &[(&'static str, u64)]) -> Vec<(Labels, f64)> {
    values.iter().map(|(key, count)| (vec![(label, (*key).to_owned())], *count as f64)).collect()
}

fn own(reading: &Reading) -> Vec<Family> {
    let build = Sample { labels: vec![("version", env!("CARGO_PKG_VERSION").to_owned())], value: 1.0 };
    let process = Family {
        kind: Kind::Info,
        ..gauge("snag_process", "What is known of a Go process that does not change.")
    };
    vec![
        Family { kind: Kind::Info, samples: vec![build], ..gauge("snag_build", "The version of snag.") },
        counter("process_cpu_seconds", "CPU time that snag itself has used.").of(reading.own.cpu_seconds),
        gauge("process_resident_memory_bytes", "Memory that snag itself has.").of(reading.own.resident_bytes),
        counter("snag_readings", "Times that the processes were read.").of(reading.own.readings as f64),
        gauge("snag_scrape_seconds", "How long the last reading of all processes took.").of(reading.seconds),
        gauge("snag_processes", "Go processes that were read.").of(reading.processes.len() as f64),
        gauge(
            "snag_unreadable_processes",
            "Processes that could not be read, or found out whether they are Go's.",
        )
        .by("reason", &reading.unreadable),
        gauge(
            "snag_processes_left_out",
            "Go processes that were not read because there are too many, or no time.",
        )
        .by("reason", &reading.left_out),
        process.each(reading, |process| {
            let identity = &process.identity;
            let labels = vec![
                ("go_version", identity.go_version.clone()),
                ("cgo", identity.cgo.to_string()),
                ("container_id", identity.container.id.clone()),
                ("pod_uid", identity.container.pod_uid.clone()),
            ];
            vec![(labels, 1.0)]
        }),
        gauge("snag_process_gap", "1 for each part of a process that could not be read.")
            .each(reading, |process| {
                process.gaps.iter().map(|part| (vec![("part", (*part).to_owned())], 1.0)).collect()
            }),
    ]
}

fn goroutines(reading: &Reading) -> Vec<Family> {
    let by_reason = |process: &Figures| {
        let list = process.goroutines.iter();
        list.map(|(status, reason, count)| {
            (vec![("status", (*status).to_owned()), ("reason", reason.clone())], *count as f64)
        })
        .collect()
    };
    let by_site = |process: &Figures| {
        let list = process.sites.iter();
        list.map(|(function, place, count)| {
            (vec![("function", function.clone()), ("place", place.clone())], *count as f64)
        })
        .collect()
    };
    let pinned = |process: &Figures| match process.pinned {
        Some((program, runtime)) => keyed("by", &[("program", program), ("runtime", runtime)]),
        None => Vec::new(),
    };
    vec![
        gauge("snag_goroutines", "Goroutines by status and by what they wait for.").each(reading, by_reason),
        gauge(
            "snag_goroutines_by_site",
            "Goroutines by the go statement that started them: the most frequent, the rest as other.",
        )
        .each(reading, by_site),
        gauge("snag_pinned_goroutines", "Goroutines pinned to a thread of their own, by who pinned them.")
            .each(reading, pinned),
        counter(
            "snag_goroutines_created",
            "Goroutines started, as far as ids tell: the scheduler takes them in small batches.",
        )
        .one(reading, |process| Some(process.scheduler?.last_goroutine as f64)),
    ]
}

fn threads(reading: &Reading) -> Vec<Family> {
    let scheduler = |process: &Figures| process.scheduler;
    vec![
        gauge("snag_threads", "Threads of the kernel by what they do; foreign ones were not made by Go.")
            .each(reading, |process| keyed("state", &process.threads)),
        counter("snag_threads_created", "Threads that the runtime has made.")
            .one(reading, move |process| Some(scheduler(process)?.threads_created as f64)),
        counter("snag_threads_freed", "Threads that ended, each with a goroutine that ended pinned.")
            .one(reading, move |process| Some(scheduler(process)?.threads_freed as f64)),
        gauge("snag_threads_idle", "Threads that have nothing to do.")
            .one(reading, move |process| Some(scheduler(process)?.threads_idle)),
        gauge("snag_threads_idle_pinned", "Threads that wait until the goroutine pinned to them may run.")
            .one(reading, move |process| Some(scheduler(process)?.threads_idle_pinned)),
        gauge("snag_threads_max", "With more threads than this the runtime ends the process.")
            .one(reading, move |process| Some(scheduler(process)?.threads_max)),
        gauge(
            "snag_threads_differing",
            "Threads that run any goroutine and differ from their siblings, by kind of state.",
        )
        .each(reading, |process| keyed("state", &process.differing)),
    ]
}

fn scheduler(reading: &Reading) -> Vec<Family> {
    let queues = |process: &Figures| {
        let global = process.scheduler.and_then(|scheduler| u64::try_from(scheduler.queue?).ok());
        let queues = [("global", global), ("local", process.queued)];
        let known: Vec<_> = queues.into_iter().filter_map(|(queue, count)| Some((queue, count?))).collect();
        keyed("queue", &known)
    };
    vec![
        gauge("snag_gomaxprocs", "How many goroutines may run Go code at once.")
            .one(reading, |process| process.gomaxprocs),
        gauge("snag_processors", "Processors of the scheduler by status.")
            .each(reading, |process| keyed("status", &process.processors)),
        gauge("snag_run_queue_goroutines", "Goroutines that could run and wait in a queue.")
            .each(reading, queues),
    ]
}

fn quota(reading: &Reading) -> Vec<Family> {
    vec![
        gauge(
            "snag_cpu_quota_cores",
            "CPUs that the tightest control group pays for; missing without a limit.",
        )
        .one(reading, |process| Some(process.quota.as_ref()?.cpus)),
        counter("snag_cpu_periods", "Periods of that control group.")
            .one(reading, |process| Some(process.quota.as_ref()?.periods as f64)),
        counter("snag_cpu_throttled_periods", "Periods in which it had to stand still.")
            .one(reading, |process| Some(process.quota.as_ref()?.throttled as f64)),
        counter("snag_cpu_throttled_seconds", "For how long it stood still.")
            .one(reading, |process| Some(process.quota.as_ref()?.throttled_time.as_secs_f64())),
    ]
}

fn findings(reading: &Reading) -> Vec<Family> {
    let by_rule = |process: &Figures| {
        let list = process.findings.iter();
        list.map(|(rule, severity, count)| {
            (vec![("rule", (*rule).to_owned()), ("severity", (*severity).to_owned())], *count as f64)
        })
        .collect()
    };
    vec![
        gauge(
            "snag_finding",
            "Findings by rule, seen in two readings; snag explain RULE says what they mean.",
        )
        .each(reading, by_rule),
    ]
}

#[cfg(test)]
mod tests {
    use snag_threads::snapshot::{Quota, Scheduler};

    use super::super::encode::{Format, encode};
    use super::super::figures::Identity;
    use super::*;

    #[test]
    fn every_number_has_its_name_and_what_is_unknown_has_none() {
        let quota = Quota {
            cpus: 0.5,
            source: String::new(),
            periods: 40,
            throttled: 12,
            throttled_time: std::time::Duration::from_millis(1500),
        };
        let identity =
            |program: &str| Identity { program: program.to_owned(), pid: 7, ..Identity::default() };
        let known = Figures {
            identity: identity("a \"quoted\" name"),
            quota: Some(quota),
            scheduler: Some(Scheduler { threads_freed: 9, queue: Some(4), ..Scheduler::default() }),
            queued: Some(2),
            findings: vec![("pinned-pool", "warning", 1)],
            ..Figures::default()
        };
        let unknown = Figures { identity: identity("u"), gaps: vec!["scheduler"], ..Figures::default() };
        let reading = Reading {
            processes: vec![known, unknown],
            unreadable: vec![("forbidden", 3)],
            ..Reading::default()
        };
        let text = encode(&families(&reading), Format::Prometheus);
        let labels = "program=\"a \\\"quoted\\\" name\",pid=\"7\"";
        for line in [
            format!("snag_cpu_quota_cores{{{labels}}} 0.5\n"),
            format!("snag_cpu_periods_total{{{labels}}} 40\n"),
            format!("snag_cpu_throttled_periods_total{{{labels}}} 12\n"),
            format!("snag_cpu_throttled_seconds_total{{{labels}}} 1.5\n"),
            format!("snag_threads_freed_total{{{labels}}} 9\n"),
            format!("snag_run_queue_goroutines{{{labels},queue=\"global\"}} 4\n"),
            format!("snag_run_queue_goroutines{{{labels},queue=\"local\"}} 2\n"),
            format!("snag_finding{{{labels},rule=\"pinned-pool\",severity=\"warning\"}} 1\n"),
            "snag_processes 2\n".to_owned(),
            "snag_unreadable_processes{reason=\"forbidden\"} 3\n".to_owned(),
        ] {
            assert!(text.contains(&line), "{line} in {text}");
        }
        let of_unknown: Vec<&str> = text.lines().filter(|line| line.contains("program=\"u\"")).collect();
        assert_eq!(of_unknown.len(), 2, "info and gap: {of_unknown:?}");
    }
}
