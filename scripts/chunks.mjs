// The chunks of the package: one for each part of the library, cut into pieces. npm packs files of one base name beside
// each other: `dist/chunks/NAME.js` and its CommonJS twin, whose text is the same but for imports and exports. gzip
// finds a text again within 32 KB. So a twin costs nothing to download if both are smaller than that.
import { join, relative } from "node:path";
import { transform } from "esbuild";

/** Bytes of minified code in a chunk, before its imports and exports. With those it must stay below 31,000. */
const PIECE = 25_800;
/** Messages export few names each, so this many bytes of them stay below it too: a file less at the start. */
const PIECE_OF_MESSAGES = 30_400;

/** The part that stays whole: every program loads it, and each more file costs a millisecond of CPU at its start. */
const WHOLE = "client";

const FOUNDATIONS = ["errors", "runtime", "wire"];
const CLIENT = [
  "hooks",
  "network",
  "security",
  "cluster",
  "producer",
  "consumer",
  "admin",
  "serdes",
  "exactly-once",
  "properties",
];
const CLIENT_FILES = ["kafka.js", "kafka-options.js", "lazy-request-log.js", "index.js", "standalone.js"];

/** The modules that some modules need, and these themselves; `late`: also those that they load when they need them. */
function reachable(starts, moduleInfo, late = true) {
  const seen = new Set();
  const open = [...starts];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const info = moduleInfo(id);
    open.push(...(info?.importedIds ?? []), ...((late && info?.dynamicallyImportedIds) || []));
  }
  return seen;
}

/** Splits the client in the modules that are loaded with it, and those that each of its late imports needs. */
function stagesOf(client, moduleInfo) {
  const atOnce = reachable([client], moduleInfo, false);
  const doors = [...atOnce].flatMap((id) => moduleInfo(id)?.dynamicallyImportedIds ?? []);
  return { atOnce, late: doors.map((door) => ({ door, ids: reachable([door], moduleInfo, false) })) };
}

/** Late imports of the client's own connections, each in a small chunk: a page keeps all that such a chunk needs. */
const SMALL = {
  "cluster/controllers.js": "controllers",
  "protocol/allowed-versions.js": "versions",
  "cluster/map-broker.js": "mapping",
  "cluster/connection-limit.js": "connection-limit",
};

/** The chunk of the modules that only this late import needs. */
function lateName(door) {
  if (Object.hasOwn(SMALL, door)) return SMALL[door];
  if (/^admin.raw\b/.test(door)) return "requests";
  if (door.startsWith("properties")) return "properties";
  if (door.startsWith("producer")) return "transactions";
  if (door.startsWith("exactly-once")) return "exactly-once";
  return door.startsWith("network") ? "security" : "admin";
}

/** The part of the library that a module belongs to. */
function partOf(compiled, id) {
  const path = relative(compiled, id);
  if (/node_modules.ws\b|^platform.node.tunnel\b/.test(path)) return "tunnel-server";
  if (path.startsWith("..")) return "records";
  if (path === "tunnel/window-limits.js") return "foundation";
  if (/^platform.(web-crypto|browser.(login-parts|fetch))\b/.test(path)) return "browser-login";
  if (path.startsWith("tunnel/") || /^platform.browser.(web-socket-stream|open-message)\b/.test(path)) return "tunnel";
  const [folder = "", file] = path.split("/");
  if (path === "observe.js" || path === "send-all.js") return "observing"; // most programs need neither
  if (path === "observing/request-log.js") return "request-log"; // and this, programs that log requests
  if (file === undefined) return CLIENT_FILES.includes(folder) ? "client" : `entry-${folder.replace(".js", "")}`;
  if (folder === "cli") return undefined;
  if (FOUNDATIONS.includes(folder)) return "foundation";
  if (CLIENT.includes(folder)) return "client";
  return folder === "platform" ? `platform-${file}` : folder;
}

/** What a producer in a page is made of, without the rest of `odradek/browser`. */
const PRODUCER = [
  "producer/producer.js",
  "cluster/cluster.js",
  "cluster/cluster-client.js",
  "platform/browser/platform.js",
  "platform/browser/web-socket-connector.js",
];

/**
 * The modules that pages load at once: one with a producer alone, and one with everything; and all modules that a page
 * may load. Tools keep in a page's first file all that its late chunks need of a chunk of that file.
 */
function pagesOf(compiled, browser, moduleInfo) {
  const producer = PRODUCER.map((file) => join(compiled, file));
  return {
    producer: reachable(producer, moduleInfo, false),
    all: reachable([browser], moduleInfo, false),
    late: reachable([browser], moduleInfo),
  };
}

/**
 * The function that says which chunk a module belongs to. Code that the `client` entry needs is apart from code that
 * only the other entries need: a program that sends records does not load the conformance kit. Code that the entries of
 * `both` builds do not need is apart too, and has no CommonJS twin.
 */
export function chunkChooser(compiled, { client, browser, both }) {
  const found = {};
  return (id, { getModuleInfo }) => {
    found.client ??= reachable([client], getModuleInfo);
    found.both ??= reachable(both, getModuleInfo);
    found.stages ??= stagesOf(client, getModuleInfo);
    found.pages ??= pagesOf(compiled, browser, getModuleInfo);
    const { pages } = found;
    const part = partOf(compiled, id);
    const late = found.stages.late.filter(({ ids }) => ids.has(id));
    const names = new Set(late.map(({ door }) => lateName(relative(compiled, door))));
    if (part === "foundation" && !pages.all.has(id) && (pages.late.has(id) || found.client.has(id)))
      return "foundation-late";
    if (late.length > 0 && found.stages.atOnce.has(id) && part === "client") {
      if (!pages.producer.has(id)) return "shared";
      // What both need is no part of the client's chunk: where all is one file, tools keep each chunk whole that a late
      // one imports.
      return "foundation";
    }
    if (late.length > 0 && !found.stages.atOnce.has(id) && (part === "client" || part === "protocol")) {
      // Raw requests need every message. They take them from where the others have them.
      if (names.size > 1) names.delete("requests");
      for (const small of Object.values(SMALL)) if (names.has(small)) return small;
      const [name] = names;
      // A login must be fast: it does not load what it shares with administration from a chunk of its own.
      if (names.has("security")) return "security";
      if (names.size > 1) return "late";
      // Messages too: a page with a producer would load those of administration.
      return name === "requests" && part === "protocol" ? "protocol-more" : name;
    }
    if (part === undefined || found.client.has(id)) return part;
    if (!found.both.has(id)) return part.startsWith("entry-") ? part : `${part}-esm`;
    return ["foundation", "records", "protocol"].includes(part) ? `${part}-more` : part;
  };
}

/** The chunk of each module, by its id: large chunks are cut between modules, and never import from a later piece. */
export async function piecesOf(chunks) {
  const pieces = new Map();
  for (const { name, modules } of chunks.filter(({ isEntry }) => !isEntry)) {
    const sizes = await Promise.all(Object.entries(modules).map(async ([id, { code }]) => [id, await sizeOf(code)]));
    const most = name === "protocol" ? PIECE_OF_MESSAGES : PIECE;
    const cut = inPieces(sizes, name === WHOLE ? Infinity : most);
    for (const [i, ids] of cut.entries())
      for (const id of ids) pieces.set(id, cut.length === 1 ? name : `${name}-${i + 1}`);
  }
  return pieces;
}

async function sizeOf(code) {
  return code === null ? 0 : (await transform(code, { minify: true, target: "es2022" })).code.length;
}

/** Cuts a list of ids and sizes into pieces of at most so many bytes, if no single id has more. */
function inPieces(sizes, most) {
  const pieces = [[]];
  let filled = 0;
  for (const [id, size] of sizes) {
    if (filled > 0 && filled + size > most) {
      pieces.push([]);
      filled = 0;
    }
    pieces.at(-1).push(id);
    filled += size;
  }
  return pieces;
}
