"use strict";
// The run, as html.rs wrote it: pure functions, which need no page.

/** Flags of slices. */
const HELD = 1, UNDONE = 2, WAITS = 4;
/** Kinds of marks that words below depend on; those below MET are calls. */
const RESTORE = 1, MET = 3;

/** Unpacks the lists of numbers, so that 100,000 slices take little room and are found quickly. */
function unpack(run) {
  run.lanes = [];
  run.groups.forEach((group, g) => group.lanes.forEach((lane, l) => {
    const count = lane.slices.length / 5;
    lane.group = g;
    lane.at = l;
    lane.from = new Float64Array(count);
    lane.to = new Float64Array(count);
    lane.who = new Uint32Array(count);
    lane.flags = new Uint8Array(count);
    lane.looks = new Uint32Array(count);
    let last = 0;
    for (let i = 0; i < count; i++) {
      lane.from[i] = last + lane.slices[5 * i];
      last = lane.to[i] = lane.from[i] + lane.slices[5 * i + 1];
      lane.who[i] = lane.slices[5 * i + 2];
      lane.flags[i] = lane.slices[5 * i + 3];
      lane.looks[i] = lane.slices[5 * i + 4];
    }
    delete lane.slices;
    lane.strip = lane.changed.length > 0 || lane.marks.some(([, kind]) => kind < MET);
    lane.changed = lane.changed.map(([from, to, by, differs]) => ({ from, to, by, differs }));
    lane.marks = lane.marks.map(([at, kind, who, title, lines, stack]) => ({ at, kind, who, title, lines, stack }));
    run.lanes.push(lane);
  }));
  return run;
}

/** The first of a sorted list that is not before `wanted`. */
function first(list, wanted, value = (it) => it) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(list[middle]) < wanted) low = middle + 1; else high = middle;
  }
  return low;
}

/** The time in which a thread was changed, at a moment. */
function changedAt(lane, at) {
  const i = first(lane.changed, at, (it) => it.to);
  return lane.changed[i] && lane.changed[i].from <= at ? lane.changed[i] : null;
}

/** The change that somebody else made and that a slice met. */
function metBy(lane, i) {
  for (let c = first(lane.changed, lane.from[i], (it) => it.to); c < lane.changed.length; c++) {
    const changed = lane.changed[c];
    if (changed.from > lane.to[i]) return null;
    if (changed.by !== lane.who[i]) return changed;
  }
  return null;
}

/** Who was on a thread between two moments: goroutines with how often, how long, and since when. */
function visitors(lane, from, to) {
  const found = new Map();
  const visit = (who, at, long) => {
    const seen = found.get(who) || { who, times: 0, long: 0, at };
    seen.times++;
    seen.long += long;
    seen.at = Math.min(seen.at, at);
    found.set(who, seen);
  };
  for (let i = first(lane.to, from); i < lane.to.length && lane.from[i] <= to; i++) {
    visit(lane.who[i], Math.max(from, lane.from[i]), Math.min(to, lane.to[i]) - Math.max(from, lane.from[i]));
  }
  for (const mark of lane.marks) {
    if (mark.who !== null && mark.at >= from && mark.at <= to && !found.has(mark.who)) visit(mark.who, mark.at, 0);
  }
  return [...found.values()].sort((a, b) => a.at - b.at);
}

/** Goroutines that are meant: "7", "G7", "goroutine 7", or a part of a function's name. */
function search(run, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return null;
  const number = /^(?:g|goroutine )?(\d+)$/.exec(wanted);
  const found = new Set();
  run.goroutines.forEach(([id, name], i) => {
    if (number ? id === Number(number[1]) : name.toLowerCase().includes(wanted)) found.add(i);
  });
  return found;
}

function duration(ns) {
  for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]]) {
    if (ns >= size) return `${+(ns / size).toPrecision(4)} ${unit}`;
  }
  return `${Math.round(ns)} ns`;
}

function moment(ns) {
  return ns >= 1e9 ? `${(ns / 1e9).toFixed(4)} s` : `${(ns / 1e6).toFixed(3)} ms`;
}

/** A round distance between the lines of the ruler. */
function step(range, most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(range, 1) / most));
  return [1, 2, 5, 10].map((n) => n * power).find((it) => range / it <= most) || 10 * power;
}

function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function name(run, who) {
  const [id, start] = run.goroutines[who] || ["?", ""];
  return start ? `G${id} ${start}` : `G${id}`;
}

function differs(changed) {
  const words = ([state, usual, value]) =>
    usual === null && value === null ? state : `${state}: ${usual ?? "?"} → ${value ?? "?"}`;
  return changed.differs.map(words).join(", ");
}

/** A function as people know it: without the path of its module. */
function short(text) {
  return text.replace(/^(G\d+ )?.*\//, "$1");
}

function how(run) {
  const watched = run.lanes.filter((lane) => lane.watched);
  if (!watched.length) {
    return "Nobody looked who was on which thread: only calls, births and deaths are known.";
  }
  const every = Math.max(...watched.map((lane) => lane.watched[1]));
  return every === 0
    ? "Every step of the scheduler was seen: slices are exact. They include time in system calls."
    : `Threads were looked at every ${duration(every)}: a slice lasts from the first to the last of the looks, one after the ` +
      "other, that saw the goroutine. Between two looks others may have been there. A line is a single look.";
}
