//! Which goroutines were moved from one thread to another because that was forced, and where.

use std::collections::{BTreeMap, VecDeque};

use snag_threads::history::{GoroutineId, Nanos, ThreadId, Turn, TurnKind};
use snag_threads::snapshot::StackId;

/// Steps come late from some threads: so many are put into order before they are looked at.
const LATE: usize = 20_000;
/// Moves that are kept.
const KEPT: usize = 10_000;

/// A goroutine that was forced to give up its thread, and went on elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) at: Nanos,
    pub(super) goroutine: GoroutineId,
    pub(super) from: ThreadId,
    pub(super) to: ThreadId,
    /// Where it called the kernel, or C.
    pub(super) stack: Option<StackId>,
}

/// The moves of a run.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// How many were forced, wherever the goroutine went on.
    pub(super) forced: u64,
    /// How many went on elsewhere.
    pub(super) moved: u64,
    waiting: Vec<Turn>,
    pending: BTreeMap<GoroutineId, (Nanos, ThreadId, Option<StackId>)>,
    kept: VecDeque<Move>,
}

impl Moves {
    pub(super) fn add(&mut self, turn: Turn) {
        if matches!(turn.what, TurnKind::Runs | TurnKind::Forced) {
            self.waiting.push(turn);
        }
        if self.waiting.len() >= 2 * LATE {
            self.settle(LATE);
        }
    }

    pub(super) fn finish(&mut self) {
        self.settle(usize::MAX);
    }

    fn settle(&mut self, count: usize) {
        self.waiting.sort_by_key(|turn| turn.at);
        let count = count.min(self.waiting.len());
        let settled: Vec<Turn> = self.waiting.drain(..count).collect();
        settled.iter().for_each(|turn| self.step(turn));
    }

    fn step(&mut self, turn: &Turn) {
        let Some(goroutine) = turn.goroutine else { return };
        if turn.what == TurnKind::Forced {
            self.forced += 1;
            self.pending.insert(goroutine, (turn.at, turn.thread, turn.stack));
            return;
        }
        let Some((at, from, stack)) = self.pending.remove(&goroutine) else { return };
        if from == turn.thread {
            return;
        }
        self.moved += 1;
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(Move { at, goroutine, from, to: turn.thread, stack });
    }

    /// The last moves of each goroutine, the latest first; those of one that matters alone, if it was moved.
    pub(super) fn last(&self, of: Option<GoroutineId>, count: usize) -> Vec<Move> {
        let one = |goroutine| self.kept.iter().rev().filter(move |it| it.goroutine == goroutine);
        if let Some(goroutine) = of {
            let moves: Vec<Move> = one(goroutine).take(count).copied().collect();
            if !moves.is_empty() {
                return moves;
            }
        }
        let mut seen = Vec::new();
        let mut moves = Vec::new();
        for it in self.kept.iter().rev() {
            if moves.len() < count && !seen.contains(&it.goroutine) {
                seen.push(it.goroutine);
                moves.push(*it);
            }
        }
        moves
    }
}

#[cfg(test)]
mod tests {
    use snag_threads::history::Pinned;

    use super::*;

    fn turn(at: Nanos, thread: u32, goroutine: u32, what: TurnKind) -> Turn {
        let (thread, goroutine) = (ThreadId(thread), Some(GoroutineId(goroutine)));
        Turn { at, thread, goroutine, what, pinned: Pinned::default(), stack: None }
    }

    #[test]
    fn who_goes_on_elsewhere_was_moved() {
        let mut moves = Moves::default();
        for turn in [
            turn(40, 2, 7, TurnKind::Runs),
            turn(10, 1, 7, TurnKind::Runs),
            turn(20, 1, 7, TurnKind::Forced),
            turn(50, 2, 8, TurnKind::Forced),
            turn(60, 2, 8, TurnKind::Runs),
        ] {
            moves.add(turn);
        }
        moves.finish();
        assert_eq!((moves.forced, moves.moved), (2, 1));
        let only =
            Move { at: 20, goroutine: GoroutineId(7), from: ThreadId(1), to: ThreadId(2), stack: None };
        assert_eq!(moves.last(None, 3), [only]);
        assert_eq!(moves.last(Some(GoroutineId(8)), 3), [only]);
    }
}
