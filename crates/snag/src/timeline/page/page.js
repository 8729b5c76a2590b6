// The page: what is shown, and what hands do to it.

function start(run, page) {
  unpack(run);
  const $ = (id) => page.getElementById(id);
  const canvas = $("lanes"), overview = $("overview"), tip = $("tip");
  const shown = { chosen: null, lit: null, pointer: null, finding: -1, spot: 0 };
  const where = layout(run), { view, whole, time, reveal, whatIsAt } = where;
  const paint = painter(run, page, where, shown);
  const say = writer(run, page, shown, { choose, light, toFinding });
  let frame = 0;

  const redraw = () => { frame ||= requestAnimationFrame(() => { frame = 0; paint.draw(); }); };
  const zoom = (factor, at) => { where.zoom(factor, at); redraw(); };
  const move = (dx, dy) => { where.move(dx, dy); redraw(); };

  function choose(thing, show = false) {
    shown.chosen = thing;
    const { lane, kind } = thing || {};
    if (kind === "slice") shown.lit = new Set([lane.who[thing.i]]);
    else if (!$("search").value) shown.lit = null;
    if (show && kind === "changed") reveal(lane, thing.changed.from, thing.changed.to);
    if (show && kind === "slice") reveal(lane, lane.from[thing.i], lane.to[thing.i]);
    say.tell();
    redraw();
  }

  /** Highlights a goroutine where it was on a thread. */
  function light(who, lane, at) {
    for (let i = first(lane.to, at); i < lane.to.length && lane.from[i] <= at; i++) {
      if (lane.who[i] === who) return choose({ lane, kind: "slice", i }, true);
    }
    shown.lit = new Set([who]);
    reveal(lane, at);
    redraw();
  }

  function toFinding(at, spot = 0) {
    const finding = run.findings[at];
    if (!finding) return;
    Object.assign(shown, { finding: at, spot });
    const [g, l, when] = finding.spots[spot] || [];
    const lane = run.groups[g]?.lanes[l];
    shown.lit = null;
    shown.chosen = { kind: "finding", finding, spot, lane };
    if (lane) {
      const changed = changedAt(lane, when) || changedAt(lane, when + 1);
      reveal(lane, when, changed ? changed.to : when);
    }
    say.tell();
    redraw();
  }

  function nextFinding(by) {
    const spots = run.findings[shown.finding]?.spots.length || 0, spot = shown.spot + by;
    if (shown.finding >= 0 && spot >= 0 && spot < spots) return toFinding(shown.finding, spot);
    const all = run.findings.length, at = shown.finding < 0 ? (by > 0 ? 0 : all - 1) : (shown.finding + by + all) % all;
    toFinding(at, by > 0 ? 0 : Math.max(0, (run.findings[at]?.spots.length || 1) - 1));
  }

  function nextSlice(by) {
    const { chosen } = shown;
    if (chosen?.kind === "slice") {
      const i = chosen.i + by;
      if (i >= 0 && i < chosen.lane.from.length) choose({ ...chosen, i }, true);
    } else {
      const lane = chosen?.lane || run.lanes.find((lane) => lane.changed.length) || run.lanes[0];
      if (lane?.from.length) choose({ lane, kind: "slice", i: Math.min(first(lane.to, view.from), lane.from.length - 1) }, true);
    }
  }

  function hover(event) {
    const box = canvas.getBoundingClientRect();
    shown.pointer = [event.clientX - box.left, event.clientY - box.top];
    const thing = whatIsAt(...shown.pointer), says = thing && say.summary(thing);
    tip.hidden = !says;
    if (says) {
      tip.textContent = says;
      const [px, py] = shown.pointer, left = Math.min(px + 14, view.wide - tip.offsetWidth - 6);
      tip.style.left = `${Math.max(4, left)}px`;
      tip.style.top = `${py + 56 + tip.offsetHeight > view.high + 30 ? py - tip.offsetHeight + 28 : py + 56}px`;
    }
    canvas.style.cursor = thing ? "pointer" : "default";
    redraw();
  }

  const fingers = new Map();
  let dragged = 0, pinch = 0;

  function down(event) {
    fingers.set(event.pointerId, event);
    dragged = pinch = 0;
    canvas.setPointerCapture(event.pointerId);
  }

  function drag(event) {
    const before = fingers.get(event.pointerId);
    if (!before) return hover(event);
    fingers.set(event.pointerId, event);
    if (fingers.size === 2) {
      const [a, b] = [...fingers.values()], far = Math.abs(a.clientX - b.clientX) + 20;
      if (pinch) zoom(pinch / far, time((a.clientX + b.clientX) / 2 - canvas.getBoundingClientRect().left));
      pinch = far;
      dragged = 99;
    } else {
      dragged += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
      if (dragged > 4) move(before.clientX - event.clientX, before.clientY - event.clientY);
    }
    tip.hidden = true;
  }

  function up(event) {
    fingers.delete(event.pointerId);
    pinch = 0;
    if (dragged > 4) return;
    const box = canvas.getBoundingClientRect(), thing = whatIsAt(event.clientX - box.left, event.clientY - box.top);
    if (thing?.group) {
      where.fold(thing.g);
      return redraw();
    }
    choose(thing);
  }

  function wheel(event) {
    event.preventDefault();
    if (event.shiftKey) return move(0, event.deltaY || event.deltaX);
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) return move(event.deltaX);
    zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / (event.ctrlKey ? 60 : 300)))), time(event.clientX - canvas.getBoundingClientRect().left));
  }

  function toOverview(event) {
    if (event.type === "pointermove" && !event.buttons) return;
    const part = (event.clientX - overview.getBoundingClientRect().left - view.labels) / (view.wide - view.labels);
    const half = (view.to - view.from) / 2, at = whole[0] + part * (whole[1] - whole[0]);
    Object.assign(view, { from: at - half, to: at + half });
    redraw();
  }

  const deeds = {
    in: () => zoom(.5), out: () => zoom(2),
    fit: () => { Object.assign(view, { from: whole[0], to: whole[1], top: 0 }); redraw(); },
    clear: () => { $("search").value = $("hits").value = ""; shown.lit = null; shown.finding = -1; choose(null); canvas.focus(); },
  };
  const keys = {
    ArrowLeft: () => move(-80), ArrowRight: () => move(80), ArrowUp: () => move(0, -60), ArrowDown: () => move(0, 60),
    "+": deeds.in, "=": deeds.in, "-": deeds.out, 0: deeds.fit, Home: deeds.fit, n: () => nextFinding(1), p: () => nextFinding(-1),
    ",": () => nextSlice(-1), ".": () => nextSlice(1), "/": () => $("search").focus(), Escape: deeds.clear,
  };

  function pressed(event) {
    const inField = event.target === $("search");
    if (event.ctrlKey || event.metaKey || event.altKey || (inField && event.key !== "Escape")) return;
    const deed = keys[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  }

  canvas.addEventListener("pointerdown", down);
  canvas.addEventListener("pointermove", drag);
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; shown.pointer = null; redraw(); });
  canvas.addEventListener("wheel", wheel, { passive: false });
  overview.addEventListener("pointerdown", toOverview);
  overview.addEventListener("pointermove", toOverview);
  page.addEventListener("keydown", pressed);
  page.querySelectorAll("[data-do]").forEach((button) => button.addEventListener("click", deeds[button.dataset.do]));
  $("search").addEventListener("input", () => {
    shown.lit = search(run, $("search").value);
    $("hits").value = shown.lit ? count(shown.lit.size, "goroutine") : "";
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { paint.readColors(); redraw(); });
  new ResizeObserver(redraw).observe($("chart"));

  paint.readColors();
  say.tellAll();
  say.tell();
  paint.draw();
  if (run.findings.length) toFinding(0);
  deeds.fit();
}

if (typeof document === "object") start(JSON.parse(document.getElementById("data").textContent), document);
