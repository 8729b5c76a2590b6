//! What is counted in a run, and what the counts must be.

use std::time::Duration;

/// What is counted in each run, from outside the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// Lines of the output that contain the text.
    Lines(String),
    /// Lines of the output that differ from each other.
    DistinctLines,
    /// The last number of the last line.
    Number,
    /// Threads at the look.
    Threads,
    /// How far the last number of the line before the look is from the number of threads.
    Misjudged,
    /// Threads at the look whose line in `/proc/PID/task/TID/status` is not that of the program's parent.
    ThreadsWithOther(String),
    /// Threads at the look that are in another namespace of that kind than the program's parent.
    ThreadsInOther(String),
    /// Children at the look whose line in `/proc/PID/status` is not that of the program's parent.
    ChildrenWithOther(String),
    /// CPU time between the first and the last look.
    CpuMilliseconds,
    /// How often threads went to sleep between the first and the last look.
    ThreadSleeps,
    /// One if the program has to be killed.
    Hangs,
    /// One if the program, or the test, ends with an error.
    Fails,
}

impl Count {
    pub(super) fn read(text: &str) -> Option<Count> {
        let words: Vec<&str> = text.split_whitespace().collect();
        Some(match words[..] {
            ["lines", ..] => Count::Lines(text.trim_start().strip_prefix("lines ")?.trim().to_owned()),
            ["distinct", "lines"] => Count::DistinctLines,
            ["number"] => Count::Number,
            ["threads"] => Count::Threads,
            ["threads", "misjudged"] => Count::Misjudged,
            ["threads", "with", "other", field] => Count::ThreadsWithOther(field.to_owned()),
            ["threads", "in", "other", kind] => Count::ThreadsInOther(kind.to_owned()),
            ["children", "with", "other", field] => Count::ChildrenWithOther(field.to_owned()),
            ["cpu", "milliseconds"] => Count::CpuMilliseconds,
            ["thread", "sleeps"] => Count::ThreadSleeps,
            ["hangs"] => Count::Hangs,
            ["fails"] => Count::Fails,
            _ => return None,
        })
    }

    /// Whether the program prints `look` when the time has come.
    pub(super) fn needs_look(&self) -> bool {
        !matches!(self, Count::Lines(_) | Count::DistinctLines | Count::Number | Count::Hangs | Count::Fails)
    }

    /// CPU time after which a run is taken for one that never ends. Other work on the machine delays a program; it
    /// does not make it use more.
    pub(super) fn patience(&self) -> Option<Duration> {
        (*self == Count::Hangs).then_some(Duration::from_secs(2))
    }
}

/// What the counts of all runs must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expect {
    pub(super) every: bool,
    relation: Relation,
    number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    AtLeast,
    AtMost,
}

impl Expect {
    /// `every = 0`, `some >= 1`
    pub(super) fn read(text: &str) -> Option<Expect> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [quantity, relation, number] = words[..] else { return None };
        let every = match quantity {
            "every" => true,
            "some" => false,
            _ => return None,
        };
        let relation = match relation {
            "=" => Relation::Equal,
            ">=" => Relation::AtLeast,
            "<=" => Relation::AtMost,
            _ => return None,
        };
        Some(Expect { every, relation, number: number.parse().ok()? })
    }

    pub(super) fn fits(self, count: u64) -> bool {
        match self.relation {
            Relation::Equal => count == self.number,
            Relation::AtLeast => count >= self.number,
            Relation::AtMost => count <= self.number,
        }
    }

    pub(super) fn holds(self, counts: &[u64]) -> bool {
        let fits = |&count: &u64| self.fits(count);
        if self.every { counts.iter().all(fits) } else { counts.iter().any(fits) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_are_about_every_run_or_some() {
        let holds = |text: &str, counts: &[u64]| Expect::read(text).expect("an expectation").holds(counts);
        assert!(holds("every = 0", &[0, 0]) && !holds("every = 0", &[0, 1]));
        assert!(holds("some >= 2", &[0, 2]) && !holds("some >= 2", &[0, 1]));
        assert!(holds("every <= 3", &[3, 0]) && !holds("every <= 3", &[4]));
        assert_eq!(Expect::read("often >= 1"), None);
    }
}
