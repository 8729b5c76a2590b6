//! How long something took, counted in steps: eight for each power of two of nanoseconds.

use std::collections::BTreeMap;
use std::time::Duration;

/// How often something took how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Latencies(BTreeMap<u32, u64>);

impl Latencies {
    /// `96:3 97:1`: steps and counts.
    pub(super) fn read(line: &str) -> Option<Latencies> {
        let pair = |word: &str| {
            let (step, count) = word.split_once(':')?;
            Some((step.parse().ok()?, count.parse().ok()?))
        };
        line.split_whitespace().map(pair).collect::<Option<_>>().map(Latencies)
    }

    pub(super) fn sum(all: &[&Latencies]) -> Latencies {
        let mut sum = Latencies::default();
        for (&step, &count) in all.iter().flat_map(|latencies| &latencies.0) {
            *sum.0.entry(step).or_default() += count;
        }
        sum
    }

    pub(super) fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// What this part of all did not exceed.
    pub(super) fn part(&self, part: f64) -> Duration {
        let wanted = (self.count() as f64 * part).ceil() as u64;
        let mut seen = 0;
        let reached = self.0.iter().find(|&(_, count)| {
            seen += count;
            seen >= wanted
        });
        let (octave, step) = reached.map_or((0, 0), |(step, _)| (step / 8, u64::from(step % 8)));
        Duration::from_nanos((8 + step + 1) << octave.saturating_sub(3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_the_ends_of_their_steps() {
        // 1024 ns is the first step of the tenth power.
        let latencies = Latencies::read("80:90 88:10 ").expect("steps");
        assert_eq!(latencies.count(), 100);
        assert_eq!(latencies.part(0.5), Duration::from_nanos(1024 + 128));
        assert_eq!(latencies.part(0.99), Duration::from_nanos(2048 + 256));
        assert_eq!(Latencies::read("80"), None);
        assert_eq!(Latencies::sum(&[&latencies, &latencies]).count(), 200);
    }
}
