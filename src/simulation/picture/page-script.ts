/** The style of the page. */
export const PAGE_STYLE = `
body { font: 14px/1.4 system-ui, sans-serif; margin: 14px 18px; color: #212121; background: #fff }
h1 { font-size: 17px; margin: 0 0 6px } h2 { font-size: 14px; margin: 4px 0 2px; color: #455a64 }
#why { display: flex; gap: 32px; flex-wrap: wrap } #why > div { flex: 1 1 340px } #why ul { margin: 0 0 6px; padding-left: 18px; max-height: 9em; overflow: auto }
#broken li { color: #b00020 } #broken li.well { color: #2e7d32 } li a { text-decoration: underline; cursor: pointer }
#tools { margin: 4px 0; display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: center } #filters label { white-space: nowrap; margin-right: 10px }
canvas { width: 100%; border: 1px solid #cfd8dc; cursor: grab; display: block } #legend { color: #607d8b; margin: 4px 0; font-size: 12.5px } .lost { color: #d50000 } .given-up { color: #ad5b8c }
#detail { background: #f5f7f8; border: 1px solid #cfd8dc; padding: 6px 8px; min-height: 2.6em; margin: 4px 0 8px } #detail h3 { margin: 0; font-size: 13px }
#detail pre { display: inline-block; vertical-align: top; margin: 4px 28px 0 0; font-size: 12px; max-width: 48%; overflow: auto; white-space: pre-wrap }
#story { border-collapse: collapse; font-size: 13px } #story td { padding: 1px 10px 1px 0; vertical-align: top } #story tr { cursor: pointer } #story tr:hover { background: #eceff1 }
#story td:first-child { text-align: right; color: #78909c; white-space: nowrap } tr.related { font-weight: 600 } tr.broken td, tr.lost td { color: #d50000 } tr.fault td { color: #7f3300 }
`;

/**
 * Paints the shapes, and turns the user's actions into another view. It is text because it uses a browser's APIs, which
 * the rest of this package does not.
 */
export const PAGE_SCRIPT = `
const $ = (id) => document.getElementById(id), canvas = $("picture"), table = $("story");
let view = { fromMs: 0, toMs: 1, width: 1000, hidden: [], chosen: undefined }, scene, drag, pinned;
const look = (from, to) => { view = { ...view, fromMs: from, toMs: to }; draw(); };
function paint(c, s) {
  if (s.kind === "line") {
    c.strokeStyle = s.colour; c.lineWidth = s.width; c.setLineDash(s.dash || []); c.beginPath();
    s.points.forEach(([x, y], i) => (i === 0 ? c.moveTo(x, y) : c.lineTo(x, y))); c.stroke(); c.setLineDash([]);
  } else if (s.kind === "box") {
    c.fillStyle = s.colour; c.fillRect(s.x, s.y, s.width, s.height);
    if (s.edge) { c.strokeStyle = s.edge; c.lineWidth = 1; c.strokeRect(s.x, s.y, s.width, s.height); }
  } else if (s.kind === "dot") {
    c.fillStyle = s.colour; c.beginPath(); c.arc(s.x, s.y, s.radius, 0, 7); c.fill();
    if (s.edge) { c.strokeStyle = s.edge; c.lineWidth = 1.5; c.stroke(); }
  } else {
    c.font = (s.isBold ? "600 " : "") + "12px system-ui, sans-serif"; c.lineWidth = 3; c.strokeStyle = "rgba(255, 255, 255, 0.85)"; c.strokeText(s.text, s.x, s.y);
    c.fillStyle = s.colour; c.fillText(s.text, s.x, s.y);
  }
}
function draw() {
  view = { ...view, width: canvas.clientWidth }; scene = sceneOf(data, view);
  canvas.style.height = scene.height + "px"; canvas.width = view.width * devicePixelRatio; canvas.height = scene.height * devicePixelRatio;
  const c = canvas.getContext("2d"); c.scale(devicePixelRatio, devicePixelRatio);
  for (const s of scene.fixed) paint(c, s);
  c.save(); c.beginPath(); c.rect(leftEdge(), 0, view.width - leftEdge(), scene.height); c.clip();
  for (const s of scene.moving) paint(c, s);
  c.restore(); tell();
}
function tell() {
  table.replaceChildren(...storyOf(data, view, 150).map((line) => {
    const row = document.createElement("tr"); row.className = line.kind + (line.isRelated ? " related" : "");
    for (const text of [line.atMs.toFixed(1) + " ms", line.node, line.text]) row.insertCell().textContent = text;
    row.onclick = () => { pinned = line.item; choose(line.item); }; return row;
  }));
}
function choose(item) {
  if (item) {
    const { heading, columns } = detailOf(data, item), h = document.createElement("h3"); h.textContent = heading;
    $("detail").replaceChildren(h, ...columns.map((text) => { const pre = document.createElement("pre"); pre.textContent = text; return pre; }));
  }
  if (JSON.stringify(item) !== JSON.stringify(view.chosen)) { view = { ...view, chosen: item }; draw(); }
}
for (const [names, colour] of [[data.lanes, () => "#212121"], [data.apis, colourOfApi]]) for (const name of names) {
  const label = document.createElement("label"), box = document.createElement("input"); box.type = "checkbox"; box.checked = true; label.style.color = colour(name);
  box.onchange = () => { view = { ...view, hidden: box.checked ? view.hidden.filter((other) => other !== name) : [...view.hidden, name] }; draw(); };
  label.append(box, name); $("filters").append(label);
}
canvas.onmousemove = (e) => {
  if (!drag) { choose(itemAt(scene, e.offsetX, e.offsetY) || pinned); return; }
  drag.moved = drag.moved || Math.abs(e.offsetX - drag.x) > 3;
  if (drag.overview) { const whole = { ...view, fromMs: 0, toMs: data.endMs }, at = msAt(whole, e.offsetX), half = (view.toMs - view.fromMs) / 2; look(at - half, at + half); }
  else { view = moved(drag.view, msAt(drag.view, drag.x) - msAt(drag.view, e.offsetX), data.endMs); draw(); }
};
canvas.onmousedown = (e) => { drag = { x: e.offsetX, view, overview: e.offsetY < 32 }; };
window.onmouseup = (e) => { if (drag && !drag.moved && e.target === canvas) { pinned = itemAt(scene, e.offsetX, e.offsetY); choose(pinned); } drag = undefined; };
canvas.onwheel = (e) => { e.preventDefault(); view = zoomed(view, msAt(view, e.offsetX), Math.pow(1.2, Math.sign(e.deltaY)), data.endMs); draw(); };
$("all").onclick = () => look(0, data.endMs * 1.02); $("moment").onclick = () => look(...data.focus); if (data.violations.length === 0) $("moment").hidden = true;
document.querySelectorAll("#broken li[data-violation]").forEach((li) => { li.onclick = () => { const v = data.violations[li.dataset.violation]; pinned = { what: "violation", index: Number(li.dataset.violation) }; const half = (data.focus[1] - data.focus[0]) / 2; look(v.atMs - half, v.atMs + half); choose(pinned); }; });
document.querySelectorAll("#faults li[data-from], #unanswered li[data-from]").forEach((li) => { li.onclick = () => { const from = Number(li.dataset.from), to = Number(li.dataset.to), pad = Math.max(20, (to - from) * 0.3); look(from - pad, to + pad); }; });
const go = () => { look(...(spanOf(location.hash) || data.focus)); };
window.onresize = draw; window.onhashchange = go; if (data.witness >= 0) pinned = { what: "arrow", index: data.witness }; else if (data.violations.length > 0) pinned = { what: "violation", index: 0 }; go(); choose(pinned);
`;
