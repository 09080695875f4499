/** How the picture looks. */
export const TIMELINE_STYLE = `
body { font: 14px system-ui, sans-serif; margin: 16px; color: #222; background: #fff }
h1 { font-size: 18px; margin: 0 0 4px } #broken { margin: 0 0 8px; padding-left: 18px; color: #b00020 }
#filters { display: flex; flex-wrap: wrap; gap: 4px 12px; margin-bottom: 8px } #filters label { white-space: nowrap }
canvas { width: 100%; border: 1px solid #ccc; cursor: grab; display: block } #detail { min-height: 7em; background: #f6f6f6; padding: 8px; white-space: pre-wrap }
`;

/**
 * What draws the picture, in the browser that shows it: lanes, arrows, bands of faults, growth of the log, the moments of failure.
 * Text, not a function: the page has no part of this package but its data.
 */
export const TIMELINE_SCRIPT = `
const canvas = document.getElementById("picture"), detail = document.getElementById("detail"), filters = document.getElementById("filters");
const LEFT = 120, TOP = 36, LANE = 54, GROWTH = 80;
const COLOURS = { Produce: "#1565c0", Fetch: "#2e7d32", Metadata: "#8d6e63", ApiVersions: "#bdbdbd", InitProducerId: "#6a1b9a", ListOffsets: "#00838f" };
const MARK_COLOURS = { fail: "#ef6c00", failure: "#b00020", leak: "#b00020", crash: "#b00020", note: "#555", close: "#555", seek: "#00838f" };
let from = 0, to = data.endMs, drag, hover;
const hidden = new Set();
function filter(name, colour) {
  const label = document.createElement("label"), box = document.createElement("input");
  box.type = "checkbox"; box.checked = true;
  box.onchange = () => { box.checked ? hidden.delete(name) : hidden.add(name); draw(); };
  label.append(box, " " + name); if (colour) label.style.color = colour;
  filters.append(label);
}
for (const lane of data.lanes) filter(lane);
for (const api of data.apis) filter(api, COLOURS[api]);
const lanes = () => data.lanes.filter((lane) => !hidden.has(lane));
const x = (ms) => LEFT + ((ms - from) / (to - from)) * (canvas.width / devicePixelRatio - LEFT - 8);
const y = (lane) => { const at = lanes().indexOf(lane); return at < 0 ? undefined : TOP + at * LANE + LANE / 2; };
const shown = () => data.arrows.filter((a) => !hidden.has(a.api) && !hidden.has(a.node) && !hidden.has(a.to) && a.endMs >= from && a.atMs <= to);
function path(c, points, colour, width, dash) {
  c.strokeStyle = colour; c.lineWidth = width; c.setLineDash(dash || []); c.beginPath();
  points.forEach(([px, py], i) => (i === 0 ? c.moveTo(px, py) : c.lineTo(px, py))); c.stroke(); c.setLineDash([]);
}
function ends(a) { const back = a.end === "answered"; const far = back ? (a.atMs + a.endMs) / 2 : Math.max(a.endMs, a.atMs + (to - from) / 300); return { far, back }; }
function draw() {
  const width = canvas.clientWidth, height = TOP + lanes().length * LANE + GROWTH + 30;
  canvas.style.height = height + "px"; canvas.width = width * devicePixelRatio; canvas.height = height * devicePixelRatio;
  const c = canvas.getContext("2d"); c.scale(devicePixelRatio, devicePixelRatio); c.font = "12px system-ui"; c.clearRect(0, 0, width, height);
  let row = 0;
  for (const f of data.faults) {
    if (f.endMs < from || f.atMs > to) continue;
    const left = Math.max(LEFT, x(f.atMs)), right = Math.min(width, Math.max(x(f.endMs), left + 2));
    c.fillStyle = "rgba(255, 152, 0, 0.16)"; c.fillRect(left, 0, right - left, height - 20);
    c.fillStyle = "#bf5600"; c.fillText(f.label.split(" ")[0], left + 2, 12 + 11 * (row++ % 2));
  }
  const rough = (to - from) / 8, power = Math.pow(10, Math.floor(Math.log10(rough))), step = power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : 2); c.fillStyle = "#777";
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) { path(c, [[x(t), TOP], [x(t), height - 20]], "#eee", 1); c.fillText(Math.round(t * 1000) / 1000 + " ms", x(t) + 2, height - 6); }
  for (const lane of lanes()) { path(c, [[LEFT, y(lane)], [width, y(lane)]], "#999", 1); c.fillStyle = "#222"; c.fillText(lane, 6, y(lane) + 4); }
  c.save(); c.beginPath(); c.rect(LEFT, 0, width - LEFT, height); c.clip();
  for (const a of shown()) {
    const { far, back } = ends(a), colour = back ? COLOURS[a.api] || "#777" : "#d50000";
    path(c, [[x(a.atMs), y(a.node)], [x(far), y(a.to)]], colour, a === hover ? 3 : 1);
    if (back) path(c, [[x(far), y(a.to)], [x(a.endMs), y(a.node)]], colour, a === hover ? 3 : 1, [3, 3]);
    else { c.fillStyle = colour; c.fillText("\\u2715", x(far) - 4, y(a.to) + 4); }
  }
  for (const m of data.marks) {
    if (hidden.has(m.node) || m.atMs < from || m.atMs > to) continue;
    c.fillStyle = MARK_COLOURS[m.kind] || "#555"; c.beginPath(); c.arc(x(m.atMs), y(m.node), m === hover ? 6 : 4, 0, 7); c.fill();
  }
  const base = height - 28, last = data.growth[data.growth.length - 1], most = last ? Math.max(last[1], last[2], 1) : 1;
  c.fillStyle = "#222"; c.restore(); c.fillText("acknowledged", 6, base - GROWTH + 24); c.fillStyle = "#2e7d32"; c.fillText("delivered", 6, base - GROWTH + 40);
  c.save(); c.beginPath(); c.rect(LEFT, 0, width - LEFT, height); c.clip();
  for (const [at, colour] of [[1, "#222"], [2, "#2e7d32"]]) path(c, [[x(0), base], ...data.growth.map((g) => [x(g[0]), base - (g[at] / most) * (GROWTH - 14)])], colour, 1.5);
  for (const v of data.violations) { path(c, [[x(v.atMs), 0], [x(v.atMs), height - 20]], "#d50000", 2, [6, 4]); c.fillStyle = "#d50000"; c.fillText(v.invariant, x(v.atMs) + 4, TOP - 2); }
  c.restore();
}
function distance(px, py, [ax, ay], [bx, by]) {
  const l = (bx - ax) ** 2 + (by - ay) ** 2, t = l === 0 ? 0 : Math.max(0, Math.min(1, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / l));
  return Math.hypot(px - ax - t * (bx - ax), py - ay - t * (by - ay));
}
function find(px, py) {
  let best, least = 6;
  for (const m of data.marks) { const d = hidden.has(m.node) ? 99 : Math.hypot(px - x(m.atMs), py - y(m.node)); if (d < least) { least = d - 2; best = m; } }
  for (const a of shown()) {
    const { far, back } = ends(a);
    const d = Math.min(distance(px, py, [x(a.atMs), y(a.node)], [x(far), y(a.to)]), back ? distance(px, py, [x(far), y(a.to)], [x(a.endMs), y(a.node)]) : 99);
    if (d < least) { least = d; best = a; }
  }
  return best;
}
canvas.onmousemove = (e) => {
  if (drag) { const per = (drag.to - drag.from) / (canvas.clientWidth - LEFT), by = (drag.x - e.offsetX) * per; from = drag.from + by; to = drag.to + by; draw(); return; }
  const found = find(e.offsetX, e.offsetY);
  if (found !== hover) { hover = found; draw(); }
  const fault = data.faults.filter((f) => e.offsetX >= x(f.atMs) && e.offsetX <= x(f.endMs)).map((f) => "fault: " + f.label + ", " + f.atMs + " to " + f.endMs + " ms").join("\\n");
  if (found) detail.textContent = (found.api ? found.api + " " + found.node + " \\u2192 " + found.to + ", " + found.end + "\\n" + found.atMs + " to " + found.endMs + " ms" : found.kind + " at " + found.node + "\\n" + found.atMs + " ms") + "\\n" + found.detail + (fault ? "\\n" + fault : "");
  else if (fault) detail.textContent = fault;
};
canvas.onmousedown = (e) => { drag = { x: e.offsetX, from, to }; };
window.onmouseup = () => { drag = undefined; };
canvas.onwheel = (e) => {
  e.preventDefault();
  const at = from + ((e.offsetX - LEFT) / (canvas.clientWidth - LEFT)) * (to - from), by = Math.pow(1.2, Math.sign(e.deltaY));
  from = at - (at - from) * by; to = at + (to - at) * by; draw();
};
canvas.ondblclick = () => { from = 0; to = data.endMs; draw(); };
const range = /^#(\\d+)-(\\d+)$/.exec(location.hash); if (range) { from = Number(range[1]); to = Number(range[2]); }
window.onresize = draw; draw();
`;
