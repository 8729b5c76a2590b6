// Where things are: time from left to right, threads from top to bottom.

const RULER = 26, STRIP = 15, GAP = 6, GROUP = 26;

function layout(run) {
  const whole = [0, Math.max(run.end, 1000) * 1.01];
  const view = { from: whole[0], to: whole[1], top: 0, wide: 1, high: 1, labels: 132, slice: 20, tall: 0, rows: [] };
  const troubled = run.groups.map((group) => group.lanes.some((lane) => lane.changed.length));
  const closed = new Set(troubled.some(Boolean) && run.groups.length > 4
    ? run.groups.keys().filter((g) => !troubled[g]) : []);

  /** Puts threads below each other; few of them are drawn higher. */
  function layOut(wide, high) {
    Object.assign(view, { wide, high, labels: wide < 500 ? 88 : 132, rows: [] });
    const open = run.groups.reduce((sum, group, g) => sum + (closed.has(g) ? 0 : group.lanes.length), 0);
    view.slice = Math.max(20, Math.min(30, Math.floor((high - 80) / Math.max(open, 1)) - 2 * GAP - STRIP));
    let y = RULER;
    run.groups.forEach((group, g) => {
      view.rows.push({ group, g, y, high: GROUP });
      y += GROUP;
      for (const lane of group.lanes) {
        lane.row = null;
        if (closed.has(g)) continue;
        lane.row = { lane, y, high: view.slice + 2 * GAP + (lane.strip ? STRIP : 0) };
        view.rows.push(lane.row);
        y += lane.row.high;
      }
    });
    view.tall = y + 12;
    limit();
  }

  /** Shows the threads of a process, or hides them. */
  function fold(g) {
    if (!closed.delete(g)) closed.add(g);
  }

  const x = (at) => view.labels + (at - view.from) / (view.to - view.from) * (view.wide - view.labels);
  const time = (x) => view.from + (x - view.labels) / (view.wide - view.labels) * (view.to - view.from);

  function limit() {
    const long = Math.min(Math.max(view.to - view.from, 200), whole[1] - whole[0]);
    view.from = Math.min(Math.max(view.from, whole[0]), whole[1] - long);
    view.to = view.from + long;
    view.top = Math.max(0, Math.min(view.top, view.tall - view.high));
  }

  function zoom(factor, at = (view.from + view.to) / 2) {
    view.from = at - (at - view.from) * factor;
    view.to = at + (view.to - at) * factor;
  }

  function move(dx, dy = 0) {
    const by = dx / (view.wide - view.labels) * (view.to - view.from);
    view.from += by;
    view.to += by;
    view.top += dy;
  }

  /** Brings a place on a thread to where it is seen. */
  function reveal(lane, from, to = from) {
    if (closed.delete(lane.group)) layOut(view.wide, view.high);
    const long = view.to - view.from, wanted = Math.max((to - from) * 1.6, Math.min(long, run.end / 3));
    if (from < view.from || to > view.to || to - from > long || to - from < long / 300) {
      view.from = (from + to - wanted) / 2;
      view.to = view.from + wanted;
    }
    if (lane.row.y - view.top < RULER || lane.row.y + lane.row.high - view.top > view.high) {
      view.top = lane.row.y - view.high / 2;
    }
  }

  function whatIsAt(px, py) {
    const y = py + view.top;
    if (py < RULER) return null;
    const row = view.rows.find((row) => y >= row.y && y < row.y + row.high);
    if (!row || row.group) return row || null;
    const { lane } = row, at = time(px), near = time(px + 6) - at, inStrip = lane.strip && y > row.y + GAP + view.slice;
    if (px < view.labels) return { lane, kind: "thread" };
    const mark = nearest(lane.marks.filter((mark) => inStrip === (mark.kind < MET)), at, near);
    if (mark) return { lane, kind: "mark", mark };
    const changed = changedAt(lane, at);
    if (inStrip) return changed ? { lane, kind: "changed", changed } : { lane, kind: "thread" };
    const one = time(px + 2) - at;
    let best = -1;
    for (let i = first(lane.to, at - one); i < lane.to.length && lane.from[i] <= at + one; i++) {
      if (best < 0 || lane.from[i] <= at) best = i;
    }
    if (best >= 0) return { lane, kind: "slice", i: best };
    return changed ? { lane, kind: "changed", changed } : { lane, kind: "thread" };
  }

  function nearest(marks, at, near) {
    let best = null;
    for (const mark of marks) {
      const far = Math.abs(mark.at - at);
      if (far <= near && (!best || far < Math.abs(best.at - at))) best = mark;
    }
    return best;
  }

  return { view, whole, closed, layOut, fold, x, time, zoom, move, reveal, whatIsAt };
}
