// What connections cost `odradek broker`: opens many, each asks for ApiVersions and Metadata and is then idle; closes
// them; and shows the memory of the broker's process beside that of a bare Node server.
//     npm run build && node bench/scale/connections.mjs [--connections 3000] [--rounds 3]
// ODRADEK_BASE=/path/of/another/checkout/dist/cli/main.js measures that build too.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { connections: { type: "string", default: "3000" }, rounds: { type: "string", default: "3" } },
});
const count = Number(values.connections);
const OPENING = 100;
/** After this time closed connections must have given back their memory. */
const GIVEN_BACK_MS = 10_000;

const BARE = `
const server = require("node:net").createServer({ noDelay: true }, (socket) => {
  socket.on("data", (chunk) => socket.write(chunk));
  socket.on("error", () => undefined);
});
server.listen(0, "127.0.0.1", () => console.log("bootstrap servers: 127.0.0.1:" + server.address().port));
`;
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const base = process.env["ODRADEK_BASE"];
const servers = [
  ["bare Node server", ["-e", BARE]],
  ["odradek broker", [main, "broker", "--port", "0"]],
  ...(base === undefined ? [] : [["odradek broker, base", [base, "broker", "--port", "0"]]]),
];

/** ApiVersions 0 and Metadata 1 of all topics, with empty client ids. */
const REQUESTS = [request(18, 0, []), request(3, 1, [0, 0, 0, 0])];

function request(apiKey, version, body) {
  const bytes = Buffer.alloc(14 + body.length);
  bytes.writeInt32BE(10 + body.length, 0);
  bytes.writeInt16BE(apiKey, 4);
  bytes.writeInt16BE(version, 6);
  bytes.writeInt16BE(0, 12);
  bytes.set(body, 14);
  return bytes;
}

/** Opens a connection, and resolves when both requests were answered. */
function open(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let asked = 0;
    const ask = () => (asked < REQUESTS.length ? socket.write(REQUESTS[asked++]) : resolve(socket));
    socket.on("connect", ask);
    socket.on("data", ask);
    socket.on("error", reject);
  });
}

async function openAll(port) {
  const sockets = [];
  while (sockets.length < count)
    sockets.push(
      ...(await Promise.all(Array.from({ length: Math.min(OPENING, count - sockets.length) }, () => open(port)))),
    );
  return sockets;
}

/** Resident memory of a process, in bytes. */
function rss(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;
}

async function measure(args) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const port = await new Promise((resolve) =>
      child.stdout.on("data", (text) => {
        const found = /bootstrap servers: \S+:(\d+)/.exec(String(text));
        if (found !== null) resolve(Number(found[1]));
      }),
    );
    // The first connections compile code, and are no part of the figure.
    for (const socket of await Promise.all(Array.from({ length: OPENING }, () => open(port)))) socket.destroy();
    await sleep(2000);
    const rounds = [];
    const before = rss(child.pid);
    for (let i = 0; i < Number(values.rounds); i++) {
      const sockets = await openAll(port);
      await sleep(2000);
      const opened = rss(child.pid);
      for (const socket of sockets) socket.destroy();
      await sleep(GIVEN_BACK_MS);
      const closed = rss(child.pid);
      rounds.push({
        "kB a connection": Math.round((opened - before) / count / 102.4) / 10,
        "given back, %": Math.round((100 * (opened - closed)) / (opened - before)),
        "MB before": Math.round(before / 1048576),
        "MB open": Math.round(opened / 1048576),
        "MB closed": Math.round(closed / 1048576),
      });
    }
    return rounds;
  } finally {
    child.kill();
  }
}

console.log(`${count} connections, Node ${process.version}, memory is VmRSS`);
const table = [];
for (const [name, args] of servers)
  for (const [i, row] of (await measure(args)).entries()) table.push({ server: name, round: i + 1, ...row });
console.table(table);
