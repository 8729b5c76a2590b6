//! Metric families as text: the exposition format of Prometheus, and OpenMetrics.

use std::fmt::Write;

/// Metrics of one name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Family {
    /// Without the suffix of its kind.
    pub(super) name: &'static str,
    /// One sentence.
    pub(super) help: &'static str,
    pub(super) kind: Kind,
    pub(super) samples: Vec<Sample>,
}

/// What a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Goes up and down.
    Gauge,
    /// Only grows: its samples end in `_total`.
    Counter,
    /// Always 1, and the labels tell: its samples end in `_info`.
    Info,
}

/// A number with its labels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) value: f64,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `text/plain; version=0.0.4`
    Prometheus,
    /// `application/openmetrics-text; version=1.0.0`
    OpenMetrics,
}

impl Format {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Format::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The whole answer.
pub(super) fn encode(families: &[Family], format: Format) -> String {
    let mut text = String::new();
    for family in families.iter().filter(|family| !family.samples.is_empty()) {
        // Writing to a string cannot fail.
        let _ = write(&mut text, family, format);
    }
    if format == Format::OpenMetrics {
        text.push_str("# EOF\n");
    }
    text
}

fn write(text: &mut String, family: &Family, format: Format) -> std::fmt::Result {
    let (kind, suffix) = match family.kind {
        Kind::Gauge => ("gauge", ""),
        Kind::Counter => ("counter", "_total"),
        Kind::Info => ("info", "_info"),
    };
    let sample = format!("{}{suffix}", family.name);
    // OpenMetrics names the family, Prometheus its samples.
    let (named, kind) = match format {
        Format::OpenMetrics => (family.name, kind),
        Format::Prometheus => (sample.as_str(), if family.kind == Kind::Info { "gauge" } else { kind }),
    };
    writeln!(text, "# HELP {named} {}", family.help)?;
    writeln!(text, "# TYPE {named} {kind}")?;
    for Sample { labels, value } in &family.samples {
        text.push_str(&sample);
        let mut before = '{';
        for (label, value) in labels {
            write!(text, "{before}{label}=\"")?;
            escape(text, value);
            text.push('"');
            before = ',';
        }
        if !labels.is_empty() {
            text.push('}');
        }
        writeln!(text, " {}", number(*value))?;
    }
    Ok(())
}

/// Longer values of labels are cut: they come from programs that nobody vouches for.
const LONGEST: usize = 200;

fn escape(text: &mut String, value: &str) {
    for character in value.chars().take(LONGEST) {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            // Allowed, but some readers take a zero for the end.
            other if other.is_control() => text.push(char::REPLACEMENT_CHARACTER),
            other => text.push(other),
        }
    }
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    }
}

/// What a client prefers, as its `Accept` header says.
pub(super) fn preferred(accept: &str) -> Format {
    let (mut open, mut text) = (0.0_f64, 0.0_f64);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default().to_ascii_lowercase();
        let mut quality = 1.0;
        let mut version = None;
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => quality = value.trim().parse::<f64>().unwrap_or(0.0).clamp(0.0, 1.0),
                "version" => version = Some(value.trim().trim_matches('"').to_owned()),
                _ => {}
            }
        }
        let known = |versions: &[&str]| version.as_deref().is_none_or(|it| versions.contains(&it));
        match media.as_str() {
            "application/openmetrics-text" if known(&["1.0.0", "0.0.1"]) => open = open.max(quality),
            "text/plain" if known(&["0.0.4"]) => text = text.max(quality),
            "text/*" | "*/*" => text = text.max(quality),
            _ => {}
        }
    }
    if open > 0.0 && open >= text { Format::OpenMetrics } else { Format::Prometheus }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn families() -> Vec<Family> {
        let sample = |labels: &[(&'static str, &str)], value| Sample {
            labels: labels.iter().map(|(label, value)| (*label, (*value).to_owned())).collect(),
            value,
        };
        vec![
            Family {
                name: "snag_threads",
                help: "Threads.",
                kind: Kind::Gauge,
                samples: vec![sample(&[("program", "a\\b\"c\nd\0"), ("pid", "7")], 3.0), sample(&[], 0.25)],
            },
            Family {
                name: "snag_threads_created",
                help: "Made.",
                kind: Kind::Counter,
                samples: vec![sample(&[("pid", "7")], 12_345_678_901.0)],
            },
            Family {
                name: "snag_process",
                help: "What.",
                kind: Kind::Info,
                samples: vec![sample(&[("go", "1.26")], 1.0)],
            },
            Family { name: "snag_nothing", help: "Nothing.", kind: Kind::Gauge, samples: Vec::new() },
        ]
    }

    #[test]
    fn prometheus_names_samples() {
        let expected = "# HELP snag_threads Threads.\n# TYPE snag_threads gauge\n\
            snag_threads{program=\"a\\\\b\\\"c\\nd\u{fffd}\",pid=\"7\"} 3\nsnag_threads 0.25\n\
            # HELP snag_threads_created_total Made.\n# TYPE snag_threads_created_total counter\n\
            snag_threads_created_total{pid=\"7\"} 12345678901\n\
            # HELP snag_process_info What.\n# TYPE snag_process_info gauge\nsnag_process_info{go=\"1.26\"} 1\n";
        assert_eq!(encode(&families(), Format::Prometheus), expected);
    }

    #[test]
    fn openmetrics_names_families_and_has_an_end() {
        let text = encode(&families(), Format::OpenMetrics);
        for line in [
            "# TYPE snag_threads_created counter\nsnag_threads_created_total{pid=\"7\"} 12345678901\n",
            "# TYPE snag_process info\nsnag_process_info{go=\"1.26\"} 1\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
        assert!(text.ends_with("\n# EOF\n") && !text.contains("snag_nothing"), "{text}");
        assert_eq!(encode(&[], Format::OpenMetrics), "# EOF\n");
    }

    #[test]
    fn long_labels_are_cut_between_characters() {
        let mut text = String::new();
        escape(&mut text, &"ä".repeat(1000));
        assert_eq!(text, "ä".repeat(LONGEST));
    }

    #[test]
    fn numbers_have_no_exponent_unless_they_are_none() {
        for (value, text) in [
            (0.0, "0"),
            (1e15, "1000000000000000"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (-1.5, "-1.5"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn the_client_chooses_the_format() {
        let prometheus = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let newer = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;q=0.5,*/*;q=0.1";
        for (accept, format) in [
            (prometheus, Format::OpenMetrics),
            (newer, Format::OpenMetrics),
            ("application/openmetrics-text; version=2.0.0", Format::Prometheus),
            ("application/openmetrics-text;q=0.3, text/plain;q=0.7", Format::Prometheus),
            ("application/openmetrics-text;q=0", Format::Prometheus),
            ("APPLICATION/OPENMETRICS-TEXT; Q=1; version=\"1.0.0\"", Format::OpenMetrics),
            ("application/openmetrics-text;q=nonsense", Format::Prometheus),
            ("*/*", Format::Prometheus),
            ("text/html", Format::Prometheus),
            (";;,=,;q", Format::Prometheus),
            ("", Format::Prometheus),
        ] {
            assert_eq!(preferred(accept), format, "{accept}");
        }
    }
}
