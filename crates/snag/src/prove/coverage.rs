//! Which lines a program ran, as `go tool covdata textfmt` tells it.

use std::collections::BTreeMap;

use super::build::Packages;
use crate::report::Spot;

/// Blocks of statements, by file as profiles call it.
pub(super) struct Coverage {
    files: BTreeMap<String, Vec<Block>>,
    /// Whether every process told: else what nobody told of may have been run as well.
    complete: bool,
}

/// Statements that are run one after the other, from a line and column to another one.
struct Block {
    from: (u32, u32),
    to: (u32, u32),
    ran: bool,
}

impl Coverage {
    pub(super) fn read(profile: &str, complete: bool) -> Coverage {
        let mut files: BTreeMap<String, Vec<Block>> = BTreeMap::new();
        for (file, block) in profile.lines().filter_map(read_line) {
            let blocks = files.entry(file.to_owned()).or_default();
            match blocks.iter_mut().find(|known| (known.from, known.to) == (block.from, block.to)) {
                // Each program that has the package tells of it.
                Some(known) => known.ran |= block.ran,
                None => blocks.push(block),
            }
        }
        Coverage { files, complete }
    }

    /// Whether the statement at a place was run; none if that is not known.
    pub(super) fn ran(&self, packages: &Packages, spot: &Spot) -> Option<bool> {
        let file = packages.in_profile(&spot.source.path).filter(|file| !file.ends_with("_test.go"))?;
        let Some(blocks) = self.files.get(&file) else {
            // A package that nobody tells of is in none of the programs.
            let folder = |file: &str| file.rsplit_once('/').map(|(folder, _)| folder.to_owned());
            let is_linked = self.files.keys().any(|other| folder(other) == folder(&file));
            return (self.complete && !is_linked).then_some(false);
        };
        let start = spot.start();
        let at = (start.line, start.column);
        let around = blocks.iter().filter(|block| block.from <= at && at < block.to);
        // Of nested blocks the one that begins last is innermost. A declaration stands in front of its first block.
        let block = around.max_by_key(|block| block.from).or_else(|| {
            blocks
                .iter()
                .filter(|block| block.from.0 == at.0 && block.from > at)
                .min_by_key(|block| block.from)
        })?;
        (block.ran || self.complete).then_some(block.ran)
    }
}

/// `example.com/m/main.go:10.29,11.25 1 0`: a file, from, to, how many statements, how often.
fn read_line(line: &str) -> Option<(&str, Block)> {
    let (file, rest) = line.rsplit_once(':')?;
    let mut words = rest.split(' ');
    let (from, to) = words.next()?.split_once(',')?;
    let place = |text: &str| {
        let (line, column) = text.split_once('.')?;
        Some((line.parse().ok()?, column.parse().ok()?))
    };
    let ran = words.nth(1)?.parse::<u64>().ok()? > 0;
    Some((file, Block { from: place(from)?, to: place(to)?, ran }))
}
