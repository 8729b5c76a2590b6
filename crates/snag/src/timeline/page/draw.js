// Draws threads, goroutines and changes on a canvas.

const font = (size, weight = 400) => `${weight} ${size}px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif`;

function painter(run, page, where, shown) {
  const { view, whole, closed, x, time } = where;
  const canvas = page.getElementById("lanes"), overview = page.getElementById("overview");
  const colors = {};
  let map = null;

  function readColors() {
    const style = getComputedStyle(page.documentElement);
    for (const key of ["page", "panel", "line", "text", "faint", "lane", "unknown", "accent", "red", "deep", "tint", "pin", "green",
      "violet", "slice-s", "slice-l", "slice-text"]) colors[key] = style.getPropertyValue(`--${key}`).trim();
    // Hues of functions keep away from red, which means a changed thread.
    const hues = new Map();
    colors.slices = run.goroutines.map(([id, start]) => {
      if (!hues.has(start)) hues.set(start, 210 - 67 * hues.size);
      const hue = 45 + (((hues.get(start) - 45) % 270) + 270) % 270;
      return `hsl(${hue} ${colors["slice-s"]} calc(${colors["slice-l"]} + ${(id % 3 - 1) * 3}%))`;
    });
    map = null;
  }

  function hatch(pen) {
    const tile = page.createElement("canvas");
    tile.width = tile.height = 8;
    const pencil = tile.getContext("2d");
    pencil.strokeStyle = colors.unknown;
    pencil.lineWidth = 1.5;
    for (const shift of [-8, 0, 8]) {
      pencil.beginPath();
      pencil.moveTo(shift, 8);
      pencil.lineTo(shift + 8, 0);
      pencil.stroke();
    }
    return pen.createPattern(tile, "repeat");
  }

  function fit(canvas) {
    const box = canvas.getBoundingClientRect(), scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(box.width * scale);
    canvas.height = Math.round(box.height * scale);
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    return [pen, box.width, box.height];
  }

  function draw() {
    const [pen, wide, high] = fit(canvas);
    where.layOut(wide, high);
    pen.font = font(12);
    pen.textBaseline = "middle";
    drawGrid(pen);
    const unknown = hatch(pen);
    for (const row of view.rows) {
      const y = row.y - view.top;
      if (y + row.high < RULER || y > high) continue;
      if (row.group) drawGroup(pen, row, y); else drawLane(pen, row.lane, y, row.high, unknown);
    }
    drawBirths(pen);
    drawRuler(pen);
    drawOverview();
  }

  function clipped(pen, text, from, to, y) {
    const room = to - from;
    if (room < 22) return;
    let fits = text;
    if (pen.measureText(fits).width > room) {
      const letters = Math.floor(text.length * room / pen.measureText(text).width) - 1;
      if (letters < 3) return;
      fits = `${text.slice(0, letters)}…`;
    }
    pen.fillText(fits, from, y);
  }

  function drawGroup(pen, { group, g, high }, y) {
    pen.fillStyle = colors.panel;
    pen.fillRect(0, y, view.wide, high);
    pen.fillStyle = colors.line;
    pen.fillRect(0, y + high - 1, view.wide, 1);
    pen.fillStyle = colors.text;
    const threads = count(group.lanes.length, "thread");
    clipped(pen, `${closed.has(g) ? "▸" : "▾"} process ${group.pid}  ${group.name}  ·  ${threads}`, 10, view.wide - 10, y + high / 2);
  }

  function drawLane(pen, lane, y, high, unknown) {
    pen.save();
    pen.beginPath();
    pen.rect(view.labels, y, view.wide - view.labels, high);
    pen.clip();
    const [born, died] = lane.lived, top = y + GAP;
    pen.fillStyle = colors.lane;
    pen.fillRect(x(born), y + 2, x(died) - x(born), high - 4);
    pen.fillStyle = unknown;
    const known = lane.watched ? lane.watched[0] : died;
    pen.fillRect(x(born), top, x(known) - x(born), view.slice);
    for (let i = first(lane.changed, view.from, (it) => it.to); i < lane.changed.length && lane.changed[i].from <= view.to; i++) {
      drawChanged(pen, lane.changed[i], y, high);
    }
    drawSlices(pen, lane, top);
    drawMarks(pen, lane, top);
    if (lane.early) {
      pen.fillStyle = colors.red;
      pen.font = font(14, 700);
      pen.fillText("✕", x(died) + 4, y + high / 2);
      pen.font = font(12);
    }
    pen.restore();
    drawLabel(pen, lane, y, high);
  }

  function drawLabel(pen, lane, y, high) {
    const chosen = shown.chosen?.lane === lane;
    pen.fillStyle = chosen ? colors.panel : colors.page;
    pen.fillRect(0, y, view.labels, high);
    pen.fillStyle = colors.line;
    pen.fillRect(view.labels - 1, y, 1, high);
    pen.fillRect(0, y + high - 1, view.labels, 1);
    pen.fillStyle = lane.changed.length ? colors.red : colors.text;
    const what = lane.tid === run.groups[lane.group].pid ? "main" : "thread";
    pen.font = font(12, lane.changed.length ? 600 : 400);
    clipped(pen, view.labels < 100 ? `${lane.tid}` : `${what} ${lane.tid}`, 10, view.labels - 6, y + GAP + view.slice / 2);
    pen.font = font(12);
    if (lane.changed.length) {
      pen.font = font(10);
      clipped(pen, lane.heir === null ? "changed" : "born changed", 10, view.labels - 6, y + GAP + view.slice + STRIP / 2);
      pen.font = font(12);
    }
  }

  function drawChanged(pen, changed, y, high) {
    const from = Math.max(x(changed.from), view.labels - 9), to = Math.min(x(changed.to), view.wide + 9);
    const wide = Math.max(to - from, 2), strip = y + GAP + view.slice + 2;
    pen.fillStyle = colors.tint;
    pen.fillRect(from, y + 2, wide, high - 4);
    pen.fillStyle = colors.deep;
    pen.fillRect(from, strip, wide, STRIP - 1);
    pen.fillStyle = "#fff";
    pen.font = font(11);
    clipped(pen, differs(changed), Math.max(from, view.labels) + 10, to - 6, strip + (STRIP - 1) / 2 + .5);
    pen.font = font(12);
  }

  function drawSlices(pen, lane, top) {
    let filled = -1;
    for (let i = first(lane.to, view.from); i < lane.to.length && lane.from[i] <= view.to; i++) {
      const who = lane.who[i], bright = !shown.lit || shown.lit.has(who);
      const from = x(lane.from[i]), to = Math.max(x(lane.to[i]), from + 1.5);
      // What is narrower than the screen can show is drawn once, but never what is looked for.
      if (to < filled + .5 && !(shown.lit && bright)) continue;
      filled = Math.max(filled, to);
      drawSlice(pen, lane, i, Math.max(from, view.labels - 4), Math.min(to, view.wide + 4), top, bright);
    }
    pen.globalAlpha = 1;
  }

  /** What a slice may be called, the longest first. */
  function names(who) {
    const [id, start] = run.goroutines[who], last = short(start);
    return [`G${id} ${last}`, `G${id} ${last.replace(/^[^.]*\./, "")}`, `G${id}`];
  }

  function drawSlice(pen, lane, i, from, to, top, bright) {
    const who = lane.who[i], wide = to - from, flags = lane.flags[i], met = metBy(lane, i);
    const chosen = shown.chosen?.kind === "slice" && shown.chosen.lane === lane && shown.chosen.i === i;
    pen.globalAlpha = bright ? 1 : .18;
    if (flags & WAITS) {
      pen.strokeStyle = colors.faint;
      pen.setLineDash([3, 3]);
      pen.strokeRect(from + .5, top + 3.5, wide - 1, view.slice - 7);
      pen.setLineDash([]);
      return;
    }
    pen.fillStyle = wide < 3 && met ? colors.red : colors.slices[who];
    pen.beginPath();
    pen.roundRect(from, top, wide, view.slice, Math.min(3, wide / 3));
    pen.fill();
    if (flags & (HELD | UNDONE)) {
      pen.fillStyle = colors.pin;
      pen.fillRect(from, top, flags & HELD ? wide : Math.min(wide, Math.max(3, wide / 2)), 4);
    }
    if (wide >= 3 && (met || chosen)) {
      pen.strokeStyle = chosen ? colors.text : colors.red;
      pen.lineWidth = 2;
      pen.strokeRect(from + 1, top + 1, wide - 2, view.slice - 2);
      pen.lineWidth = 1;
    }
    pen.fillStyle = colors["slice-text"];
    const left = Math.max(from, view.labels) + 5, room = to - 4 - left;
    const fits = room > 14 && names(who).find((it) => pen.measureText(it).width <= room);
    if (fits) pen.fillText(fits, left, top + view.slice / 2 + 1);
  }

  function drawMarks(pen, lane, top) {
    const signs = [colors.red, colors.green, colors.faint, colors.red, colors.pin, colors.violet];
    let last = [];
    for (let i = first(lane.marks, time(view.labels - 8), (it) => it.at); i < lane.marks.length; i++) {
      const { at, kind, who } = lane.marks[i], here = x(at);
      if (here > view.wide + 8) break;
      const bright = !shown.lit || shown.lit.has(who);
      if (last[kind] > here - 1 && !(shown.lit && bright)) continue;
      last[kind] = here;
      pen.globalAlpha = bright ? 1 : .3;
      drawSign(pen, kind, here, kind < MET ? top + view.slice + 2 : top - 4, signs[kind]);
      if (shown.chosen?.mark === lane.marks[i]) {
        pen.strokeStyle = colors.text;
        pen.strokeRect(here - 7.5, kind < MET ? top + view.slice + .5 : top - 5.5, 15, STRIP);
      }
    }
    pen.globalAlpha = 1;
  }

  function drawSign(pen, kind, here, y, color) {
    const high = STRIP - 1;
    pen.beginPath();
    pen.fillStyle = color;
    pen.strokeStyle = colors.page;
    if (kind === MET) {
      pen.arc(here, y + high / 2, 3.5, 0, 7);
      pen.fillStyle = colors.page;
      pen.strokeStyle = color;
      pen.lineWidth = 2;
    } else if (kind === RESTORE) {
      pen.moveTo(here, y); pen.lineTo(here + 7, y + high); pen.lineTo(here - 7, y + high);
    } else {
      pen.moveTo(here - 7, y); pen.lineTo(here + 7, y); pen.lineTo(here, y + high);
    }
    pen.closePath();
    pen.fill();
    pen.stroke();
    pen.lineWidth = 1;
  }

  /** Threads that took a change over from the one that made them. */
  function drawBirths(pen) {
    pen.strokeStyle = colors.red;
    pen.setLineDash([2, 2]);
    for (const lane of run.lanes) {
      const parent = lane.heir === null ? null : run.groups[lane.group].lanes[lane.heir];
      if (!parent?.row || !lane.row || x(lane.lived[0]) < view.labels) continue;
      const here = Math.round(x(lane.lived[0])) + .5;
      pen.beginPath();
      pen.moveTo(here, parent.row.y + parent.row.high / 2 - view.top);
      pen.lineTo(here, lane.row.y + lane.row.high / 2 - view.top);
      pen.stroke();
    }
    pen.setLineDash([]);
  }

  /** Times at which there is a line. */
  function lines() {
    const by = step(view.to - view.from, Math.max(2, (view.wide - view.labels) / 96)), times = [];
    for (let at = Math.ceil(view.from / by) * by; at <= view.to; at += by) times.push(Math.round(at));
    return times;
  }

  function drawGrid(pen) {
    pen.fillStyle = colors.line;
    pen.globalAlpha = .5;
    for (const at of lines()) pen.fillRect(Math.round(x(at)), RULER, 1, view.high);
    pen.globalAlpha = 1;
  }

  function drawRuler(pen) {
    pen.fillStyle = colors.page;
    pen.fillRect(0, 0, view.wide, RULER);
    pen.fillStyle = colors.line;
    pen.fillRect(0, RULER - 1, view.wide, 1);
    for (const at of lines()) {
      pen.fillStyle = colors.faint;
      pen.fillText(at === 0 ? "0" : duration(at), Math.round(x(at)) + 4, RULER / 2);
      pen.fillStyle = colors.line;
      pen.fillRect(Math.round(x(at)), RULER - 9, 1, 9);
    }
    if (shown.pointer && shown.pointer[0] > view.labels) {
      pen.fillStyle = colors.accent;
      pen.fillRect(shown.pointer[0], 0, 1, view.high);
    }
  }

  function drawOverview() {
    const [pen, wide, high] = fit(overview);
    const scale = (at) => view.labels + (at - whole[0]) / (whole[1] - whole[0]) * (wide - view.labels);
    if (map?.width !== overview.width || map.height !== overview.height) map = drawMap(scale, wide, high);
    pen.drawImage(map, 0, 0, wide, high);
    pen.fillStyle = colors.faint;
    pen.font = font(11);
    pen.textBaseline = "middle";
    clipped(pen, `run of ${duration(run.end)}`, 10, view.labels - 4, high / 2);
    pen.strokeStyle = colors.accent;
    pen.lineWidth = 2;
    pen.strokeRect(scale(view.from) + 1, 1, Math.max(scale(view.to) - scale(view.from) - 2, 4), high - 3);
  }

  /** All threads, small: drawn once. */
  function drawMap(scale, wide, high) {
    const picture = page.createElement("canvas");
    picture.width = overview.width;
    picture.height = overview.height;
    const pen = picture.getContext("2d");
    pen.scale(overview.width / wide, overview.height / high);
    const row = Math.min(4, (high - 6) / Math.max(run.lanes.length, 1));
    const top = (high - row * run.lanes.length) / 2;
    run.lanes.forEach((lane, l) => {
      const y = top + l * row, thick = Math.max(row * .75, .5);
      pen.fillStyle = colors.lane;
      pen.fillRect(scale(lane.lived[0]), y, scale(lane.lived[1]) - scale(lane.lived[0]), thick);
      pen.fillStyle = colors.faint;
      let filled = -1;
      for (let i = 0; i < lane.from.length; i++) {
        const to = scale(lane.to[i]);
        if (to < filled + .5) continue;
        filled = Math.max(to, scale(lane.from[i]) + .7);
        pen.fillRect(scale(lane.from[i]), y, filled - scale(lane.from[i]), thick);
      }
      pen.fillStyle = colors.red;
      for (const { from, to } of lane.changed) pen.fillRect(scale(from), y, Math.max(scale(to) - scale(from), 1), thick);
    });
    return picture;
  }

  return { draw, readColors };
}
