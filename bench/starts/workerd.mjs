// CPU of workerd from its start to the first acknowledged record, which a request to a Worker sends. Each client is
// bundled into one file, as users' tools do it; the peers get Node's modules, which workerd has, and `require`.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const WORKERS = {
  odradek: `
    const kafka = new Kafka({ bootstrapServers });
    await kafka.producer().send({ topic, value: "first" });`,
  kafkajs: `
    const producer = new Kafka({ brokers: [bootstrapServers], logLevel: 1 }).producer({
      idempotent: true, allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic, messages: [{ value: "first" }], acks: -1 });`,
  platformatic: `
    const producer = new Producer({ clientId: "starts", bootstrapBrokers: [bootstrapServers], acks: -1,
      idempotent: true, serializers: stringSerializers });
    await producer.send({ messages: [{ topic, value: "first" }] });`,
};

/** The modules of Node that the peers ask for by `require`, and that workerd has. */
const NODE = [
  ...["assert", "async_hooks", "buffer", "crypto", "diagnostics_channel", "dns", "events", "fs", "http", "module"],
  ...["net", "os", "path", "perf_hooks", "process", "stream", "stream/promises", "string_decoder", "timers"],
  ...["timers/promises", "tls", "tty", "url", "util", "worker_threads", "zlib"],
];
const REQUIRE = [
  ...NODE.map((name, i) => `import * as node${i} from "node:${name}";`),
  `const nodeModules = { ${NODE.map((name, i) => `"${name}": node${i}.default ?? node${i}`).join(", ")} };`,
  'const require = (name) => nodeModules[name.replace(/^node:/, "")];',
].join("\n");

const LISTENS = /"event":\s*"listen".*?"port":\s*(\d+)/;

/** Returns a function that starts workerd with the client, and returns the CPU in ms, or why it does not run there. */
export async function workerdWith(command, client, module, { bootstrap, topic }) {
  const folder = mkdtempSync(join(tmpdir(), "odradek-starts-"));
  const isOurs = client === "odradek";
  await build({
    stdin: {
      contents: `import { ${client === "platformatic" ? "Producer, stringSerializers" : "Kafka"} } from ${JSON.stringify(module)};
        export default { async fetch(_request, { BOOTSTRAP: bootstrapServers, TOPIC: topic }) {${WORKERS[client]}
          return new Response("sent"); } };`,
      resolveDir: folder,
    },
    outfile: join(folder, "worker.js"),
    conditions: ["workerd", "worker"],
    external: ["node:*", "cloudflare:*"],
    platform: isOurs ? "neutral" : "node",
    banner: { js: isOurs ? "" : REQUIRE },
    ...{ bundle: true, minify: true, format: "esm", target: "es2022", logLevel: "error" },
  });
  const text = JSON.stringify;
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "net", network = (allow = ["public", "private", "local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")], compatibilityDate = "2026-11-01",
  globalOutbound = "net",
  bindings = [(name = "BOOTSTRAP", text = ${text(bootstrap)}), (name = "TOPIC", text = ${text(topic)})]);
`,
  );
  return {
    measure: () => measure(command, folder),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

async function measure([command], folder) {
  const child = spawn(command, ["serve", "--control-fd=3", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += chunk));
  try {
    const port = await new Promise((resolve, reject) => {
      let events = "";
      child.stdio[3].on("data", (chunk) => {
        events += chunk;
        const found = LISTENS.exec(events)?.[1];
        if (found !== undefined) resolve(found);
      });
      ended.then(() => reject(new Error(printed)));
    });
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(60_000) });
    const body = await response.text();
    return body === "sent" ? { cpuMs: cpuMsOf(child.pid) } : { why: `${response.status}: ${body}${printed}` };
  } catch (error) {
    return { why: error.message };
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** CPU of all threads of a process in ms, as Linux counts it. */
function cpuMsOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]));
  return ns.reduce((sum, one) => sum + one, 0) / 1e6;
}
