// Opens a page that snag wrote without a browser: what it draws and says is collected, and hands are played. Prints what was
// seen as JSON.
import { readFileSync } from "node:fs";

const html = readFileSync(process.argv[2], "utf8");
const scripts = [...html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)].map((it) => it[2]);
if (scripts.length !== 2) throw new Error(`${scripts.length} scripts`);

let drawn = [];
const pen = new Proxy({}, {
  get: (_, name) => name === "measureText" ? (text) => ({ width: 7 * text.length })
    : (...what) => { drawn.push([name, ...what]); return {}; },
  set: () => true,
});

class Element {
  constructor(tag) { Object.assign(this, { tag, children: [], said: "", dataset: {}, style: {}, heard: {}, value: "", hidden: false }); }
  append(...inside) { this.children.push(...inside); }
  replaceChildren(...inside) { this.children = inside; }
  addEventListener(name, heard) { this.heard[name] = heard; }
  getBoundingClientRect() { return { left: 0, top: 0, width: 1000, height: 600 }; }
  getContext() { return pen; }
  querySelector() { return this.list ||= new Element("ul"); }
  querySelectorAll() { return []; }
  setPointerCapture() {}
  focus() {}
  set innerHTML(_) { throw new Error("markup"); }
  get textContent() { return this.said + this.children.map((it) => typeof it === "string" ? it : it.textContent).join(" "); }
  set textContent(text) { this.said = text; this.children = []; }
}

const elements = {};
const page = Object.assign(new Element("document"), {
  documentElement: new Element("html"),
  createElement: (tag) => new Element(tag),
  getElementById: (id) => elements[id] ||= new Element(id),
});
Object.assign(globalThis, {
  window: { devicePixelRatio: 1 },
  getComputedStyle: () => ({ getPropertyValue: () => "50%" }),
  requestAnimationFrame: (draw) => { draw(); return 0; },
  matchMedia: () => new Element("query"),
  ResizeObserver: class { observe() {} },
});

const run = JSON.parse(scripts[0]);
const names = "start, unpack, visitors, search, metBy";
const parts = new Function(`${scripts[1]}; return { ${names} };`)();
const begun = performance.now();
parts.start(run, page);
const milliseconds = performance.now() - begun;

const texts = () => drawn.filter(([what]) => what === "fillText").map(([, text]) => text);
const bodies = () => drawn.filter(([what]) => what === "roundRect").length;
const seen = { milliseconds, first: texts(), bodies: bodies(), detail: elements.detail.textContent, text: elements.text.textContent,
  figures: elements.figures.textContent, looks: elements.looks.textContent };

const press = (key) => page.heard.keydown({ key, target: null, preventDefault() {} });
const point = (name, x, y) => elements.lanes.heard[name]({ pointerId: 1, clientX: x, clientY: y, type: name, buttons: 1 });
for (const key of ["+", "+", "ArrowRight", "-", "n", "p", ".", ",", "0", "Escape", "?"]) press(key);
elements.lanes.heard.wheel({ deltaX: 0, deltaY: -200, clientX: 500, preventDefault() {} });
press("0");
press(".");
press(".");
seen.chosen = elements.detail.textContent;

// A finger on each place: nothing may fail, and threads, slices, marks and changes all say what they are.
seen.clicked = new Set();
for (let y = 4; y < (run.lanes[0].from.length < 1000 ? 300 : 0); y += 9) {
  for (let x = 20; x < 1000; x += 10) {
    point("pointermove", x, y);
    point("pointerdown", x, y);
    point("pointerup", x, y);
    seen.clicked.add(elements.detail.textContent);
  }
}
seen.clicked = [...seen.clicked];

elements.search.value = "serve";
drawn = [];
elements.search.heard.input();
seen.hits = elements.hits.value;
seen.found = [...parts.search(run, "G7")];
console.log(JSON.stringify(seen));
