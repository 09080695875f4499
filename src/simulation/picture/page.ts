import { PAGE_SCRIPT, PAGE_STYLE } from "./page-script.ts";
import type { TimelineData } from "./timeline-data.ts";
import * as colours from "./colours.ts";
import * as faults from "./fault-shapes.ts";
import * as growth from "./growth-shapes.ts";
import * as marks from "./mark-shapes.ts";
import * as requests from "./request-shapes.ts";
import * as axis from "./time-axis.ts";
import * as scene from "./timeline-scene.ts";
import * as violations from "./violation-shapes.ts";
import * as view from "./timeline-view.ts";

/** The functions that the page runs in addition to its script: as text, each under its own name. */
const FUNCTIONS: readonly ((...args: never[]) => unknown)[] = [
  axis.leftEdge,
  axis.xOf,
  axis.msAt,
  axis.ticksOf,
  axis.rowsOf,
  colours.colourOfApi,
  colours.colourOfMark,
  axis.widthOf,
  faults.faultShapes,
  faults.tintShapes,
  requests.arrowShapes,
  requests.crossShapes,
  requests.requestShapes,
  marks.markShapes,
  growth.growthShapes,
  violations.violationShapes,
  scene.overviewShapes,
  scene.sceneOf,
  view.zoomed,
  view.moved,
  view.kept,
  view.spanOf,
  view.distanceTo,
  view.itemAt,
  view.detailOf,
  view.storyOf,
];

/** The page: the data, the functions that compute its shapes, and the script that paints them. */
export function pageHtml(data: TimelineData): string {
  // Only `<` could end the script early.
  const json = JSON.stringify(data).replaceAll("<", "\\u003c");
  const title = escaped(data.title);
  const broken = data.violations
    .slice(0, 20)
    .map(
      ({ invariant, atMs, message, meaning, hint }, i) =>
        `<li data-violation="${i}"><b>${escaped(invariant)}</b>${meaning === "" ? "" : ` (${escaped(meaning)})`} ` +
        `at <a>${atMs.toFixed(1)} ms</a>: ${escaped(message)}${hint === "" ? "" : ` (${escaped(hint)})`}</li>`,
    );
  if (data.violations.length > broken.length)
    broken.push(`<li>and ${data.violations.length - broken.length} more</li>`);
  const struck = data.faults.map(
    ({ kind, atMs, endMs, words }) =>
      `<li data-from="${atMs}" data-to="${endMs}"><b>${escaped(kind)}</b> at <a>${atMs} ms</a>, for ` +
      `${Math.round((endMs - atMs) * 1000) / 1000} ms: ${escaped(words)}</li>`,
  );
  const unanswered = data.unanswered.map(
    ({ words, count, firstMs }) =>
      `<li data-from="${firstMs}" data-to="${firstMs}"><b>${count}×</b> ${escaped(words)} (first at ` +
      `<a>${firstMs.toFixed(1)} ms</a>)</li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${PAGE_STYLE}</style></head>
<body><h1>${title}</h1>
<section id="why"><div><h2>What is broken</h2><ul id="broken">${broken.length === 0 ? '<li class="well">no invariant is broken</li>' : broken.join("")}</ul></div>
<div><h2>Faults</h2><ul id="faults">${struck.length === 0 ? "<li>no fault</li>" : struck.join("")}</ul></div>
<div><h2>Requests without a response</h2><ul id="unanswered">${unanswered.length === 0 ? "<li>none</li>" : unanswered.join("")}</ul></div></section>
<div id="tools"><button id="all">whole run</button><button id="moment">the failure</button><span id="filters"></span></div>
<canvas id="picture"></canvas>
<p id="legend">Down and up: a request, and (broken line) its response. <b class="lost">Red, ✕</b>: lost there. <b class="given-up">Pink, ✕</b>: its node gave up and closed the connection. <b>Thick</b>: has the record of the failure. Orange: a fault, on the affected lanes. Bottom: how many records each partition has. Wheel: zoom. Drag: move. Click: keep the detail.</p>
<div id="detail"></div><h2>What happened in view</h2><table id="story"></table>
<script>const __name = (f) => f;
const data = ${json};
${FUNCTIONS.map(String).join("\n")}
${PAGE_SCRIPT}</script></body></html>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
