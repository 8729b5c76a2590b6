// What is said in words, for eyes and for screen readers. Text of the program is untrusted: it becomes text nodes only.

function writer(run, page, shown, act) {
  const $ = (id) => page.getElementById(id);

  /** An element; strings become text and never markup. */
  function el(tag, what = {}, ...inside) {
    const made = Object.assign(page.createElement(tag), what);
    made.append(...inside.filter((it) => it !== null && it !== ""));
    return made;
  }

  const list = (pairs) => el("dl", {}, ...pairs.filter(([, said]) => said).flatMap(([key, said]) => [el("dt", {}, key), el("dd", {}, said)]));
  const jump = (text, go) => el("button", { type: "button", onclick: go }, text);

  function stack(id) {
    const frames = (run.stacks[id] || []).map((frame) => run.frames[frame] || ["?", ""]);
    return frames.length ? el("ul", { className: "stack" }, ...frames.map(([start, place]) => el("li", {}, start, el("small", {}, place)))) : "";
  }

  function people(lane, found, most = 40) {
    const line = ({ who, times, long, at }) => el("li", {}, jump(name(run, who), () => act.light(who, lane, at)),
      el("span", { className: "faint" }, long > 0 ? `  ${duration(long)} in ${count(times, "slice")}` : "  seen once"));
    const more = found.length > most ? [el("li", {}, `and ${count(found.length - most, "other")}`)] : [];
    return el("ul", { className: "people" }, ...found.slice(0, most).map(line), ...more);
  }

  function warning(changed, lane) {
    const by = changed.by === null ? "It was made by a changed thread." : `${name(run, changed.by)} had changed it.`;
    return el("p", { className: "warn" }, "The thread was not as its process was started: ", el("b", {}, differs(changed)), `. ${by} `,
      el("span", { className: "people" }, jump("Show", () => act.choose({ lane, kind: "changed", changed }, true))));
  }

  const details = {
    slice({ lane, i }) {
      const who = lane.who[i], met = metBy(lane, i), looks = lane.looks[i], pin = lane.flags[i];
      const elsewhere = run.lanes.map((other) => [other, visitors(other, 0, run.end).find((it) => it.who === who)]).filter(([, it]) => it);
      return [el("h3", {}, name(run, who)), met ? warning(met, lane) : "",
        list([
          ["Thread", `${lane.tid}`],
          ["When", looks === 1 ? moment(lane.from[i]) : `${moment(lane.from[i])}, for ${duration(lane.to[i] - lane.from[i])}`],
          ["Known by", looks ? count(looks, "look") : "every step"],
          ["Pinned", pin & HELD ? "yes" : pin & UNDONE ? "at first, but no longer at the end" : "no"],
          ["", pin & WAITS ? "it waits for something, and the thread for it" : ""],
          ["Started", run.goroutines[who][2]],
        ]),
        el("h2", {}, `On ${count(elsewhere.length, "thread")}`),
        el("ul", { className: "people" }, ...elsewhere.slice(0, 20).map(([other, it]) =>
          el("li", {}, jump(`thread ${other.tid}`, () => act.light(who, other, it.at)), el("span", { className: "faint" }, `  ${count(it.times, "time")}`))))];
    },
    mark({ lane, mark }) {
      return [el("h3", {}, mark.title),
        list([["Thread", `${lane.tid}`], ["When", moment(mark.at)], ["Goroutine", mark.who === null ? "" : name(run, mark.who)],
          ["Started", mark.who === null ? "" : run.goroutines[mark.who]?.[2]], ...mark.lines.map((line, i) => [i ? "" : "What", line])]),
        mark.stack === null ? "" : stack(mark.stack)];
    },
    changed({ lane, changed }) {
      const others = visitors(lane, changed.from, changed.to).filter((it) => it.who !== changed.by);
      return [el("h3", {}, `Thread ${lane.tid} was changed`), el("p", { className: "warn" }, differs(changed)),
        list([["When", `${moment(changed.from)}, for ${duration(changed.to - changed.from)}`],
          ["By", changed.by === null ? "a thread that was changed made it" : name(run, changed.by)]]),
        el("h2", {}, others.length ? `${count(others.length, "other")} ran here meanwhile` : "Nobody else was seen here meanwhile"),
        people(lane, others)];
    },
    thread({ lane }) {
      return [el("h3", {}, `Thread ${lane.tid}`),
        list([["Made", `${moment(lane.lived[0])}: ${lane.born}`], ["Ended", lane.died && `${moment(lane.lived[1])}: ${lane.died}`],
          ["Slices", `${lane.from.length}`]]), ...lane.changed.slice(0, 10).map((changed) => warning(changed, lane))];
    },
    finding({ finding, spot }) {
      return [el("h3", {}, `${finding.severity}: ${finding.rule}`),
        finding.spots.length > 1 ? el("p", {}, `${spot + 1} of ${count(finding.spots.length, "time")}; n and p go to the next and back`) : "",
        el("ul", { className: "people" }, ...finding.evidence.map(([said, place]) => el("li", {}, said, el("small", {}, place))))];
    },
  };

  function tell() {
    const { chosen } = shown;
    $("detail").replaceChildren(...(chosen ? details[chosen.kind](chosen) : [el("h2", {}, "Details"),
      el("p", { className: "faint" }, run.lanes.length ? "Click a slice, a mark or a thread." : "There were no threads to show.")]).filter(Boolean));
  }

  function tellAll() {
    const slices = run.lanes.reduce((sum, lane) => sum + lane.from.length, 0);
    $("command").textContent = run.command;
    page.title = `snag: ${run.command}`;
    $("figures").textContent = [count(run.findings.length, "problem"), count(run.lanes.length, "thread"),
      count(run.goroutines.length, "goroutine"), count(slices, "slice"), duration(run.end)].join(" · ");
    $("looks").textContent = how(run);
    $("findings").append(...run.findings.map((finding, at) => {
      const button = el("button", { type: "button", onclick: () => act.toFinding(at) }, el("b", {}, finding.rule), finding.message,
        el("small", {}, [finding.place, finding.spots.length > 1 ? count(finding.spots.length, "time") : ""].filter(Boolean).join(" · ")));
      button.dataset.severity = finding.severity;
      return el("li", {}, button);
    }));
    if (!run.findings.length) $("findings").append(el("li", { className: "faint" }, "None was found."));
    const changed = run.lanes.flatMap((lane) => lane.changed.map((changed) => ({ lane, changed })));
    $("text").append(changed.length ? "" : el("p", {}, "No thread was changed."), ...changed.slice(0, 100).map(({ lane, changed }) => {
      const found = visitors(lane, changed.from, changed.to).filter((it) => it.who !== changed.by);
      return el("section", {}, el("p", {}, `Thread ${lane.tid} of process ${run.groups[lane.group].pid}, from ${moment(changed.from)} to ${moment(changed.to)}: ` +
        `${differs(changed)}; by ${changed.by === null ? "the thread that made it" : name(run, changed.by)}. ` +
        (found.length ? "There ran meanwhile:" : "Nobody else was seen there.")), people(lane, found, 20));
    }));
    if (changed.length > 100) $("text").append(el("p", {}, `and ${count(changed.length - 100, "more change")}`));
    $("notes").hidden = !run.notes.length;
    $("notes").querySelector("ul").append(...run.notes.map((note) => el("li", {}, note)));
  }

  function summary({ lane, kind, i, mark, changed }) {
    if (kind === "slice") {
      const met = metBy(lane, i), long = lane.looks[i] === 1 ? "one look" : duration(lane.to[i] - lane.from[i]);
      const waits = lane.flags[i] & WAITS ? ", waits" : "", pinned = lane.flags[i] & HELD ? ", pinned" : "";
      return `${name(run, lane.who[i])}\n${long}${pinned}${waits}${met ? `\non a changed thread: ${differs(met)}` : ""}`;
    }
    if (kind === "mark") return `${mark.title}\n${mark.who === null ? "" : `${name(run, mark.who)}\n`}${mark.lines.join("\n")}`;
    if (kind === "changed") return `thread ${lane.tid} is changed\n${differs(changed)}`;
    return "";
  }

  return { tell, tellAll, summary };
}
