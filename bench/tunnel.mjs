// node bench/tunnel.mjs [MB]: the cost of `odradek tunnel` while a page reads 200 MB through it and pauses for 5 s in
// the middle: how far its memory grows, and its CPU for each MB. The page is a Node process with its connector. It
// pauses in two ways: its loop stops asking for records, and it is busy in JavaScript, so that its socket is not read
// either. The baseline is a process that copies bytes between two TCP sockets, for the same client. npm run build
// first. Linux only: memory and CPU are read from /proc. Every part is a process of its own.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";

const MEGABYTES = Number(process.argv[2] ?? 200);
const WARM_MEGABYTES = 10;
const VALUE_BYTES = 10_000;
const PAUSE_MS = 5000;
const SAMPLE_MS = 20;
/** The clock ticks of /proc/PID/stat: 100 a second on every Linux. */
const MS_PER_TICK = 10;
const self = fileURLToPath(import.meta.url);
const at = (path) => new URL(`../dist/${path}`, import.meta.url).href;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The processes, by their first argument. Each sends messages to its parent. */
const ROLES = {
  async broker(megabytes) {
    const { EmbeddedCluster } = await import(at("embedded.js"));
    const { Kafka } = await import(at("node.js"));
    const cluster = await EmbeddedCluster.start({ ports: [0], host: "127.0.0.1", topics: { t: 1 } });
    const kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers });
    const producer = kafka.producer();
    const record = { topic: "t", value: Buffer.alloc(VALUE_BYTES, "x") };
    for (let i = 0; i < (Number(megabytes) * 1e6) / VALUE_BYTES; i++)
      while (!producer.enqueue(record)) await producer.ready();
    await producer.close();
    await kafka.close();
    process.send({ bootstrapServers: cluster.bootstrapServers });
  },
  /** Copies bytes between TCP sockets, as little as a proxy can do. */
  relay(bootstrapServers) {
    const [host, port] = bootstrapServers.split(":");
    const server = createServer((socket) => {
      const broker = connect(Number(port), host);
      for (const one of [socket, broker]) one.setNoDelay(true).on("error", () => undefined);
      socket.pipe(broker).pipe(socket);
    });
    server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
  },
  async page(bootstrapServers, way, port, megabytes, pausing) {
    const { Kafka, webSocketConnector } = await import(at("browser.js"));
    const { WebSocket } = await import("ws");
    const node = await import(at("node.js"));
    const kafka =
      way === "tunnel"
        ? new Kafka({
            bootstrapServers,
            connector: webSocketConnector(`ws://127.0.0.1:${port}`, { WebSocket }),
          })
        : new node.Kafka({ bootstrapServers, mapBroker: () => ({ host: "127.0.0.1", port: Number(port) }) });
    const consumer = kafka.consumer({ topics: ["t"] });
    const total = (Number(megabytes) * 1e6) / VALUE_BYTES;
    let seen = 0;
    for await (const { value } of consumer) {
      if (value.length !== VALUE_BYTES) throw new Error("a record is damaged");
      seen++;
      if (seen === total) break;
      if (seen !== Math.floor(total / 2)) continue;
      process.send({ half: true });
      if (pausing === "busy") for (const end = Date.now() + PAUSE_MS; Date.now() < end;);
      else if (pausing === "loop") await pause(PAUSE_MS);
    }
    await kafka.close();
    process.send({ seen });
  },
};

/** Starts a process of one role. */
function start(role, ...args) {
  const child = fork(self, ["--role", role, ...args.map(String)]);
  child.once("exit", (code) => {
    if (code !== 0 && code !== null) throw new Error(`${role} ended with ${code}`);
  });
  return child;
}

async function messageOf(child) {
  const [message] = await once(child, "message");
  return message;
}

/** The resident memory of a process in bytes, and the CPU that it has used in ms. */
function usageOf(pid) {
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return { bytes: Number(resident) * 1024, cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK };
}

/** Lets a page read all through a process, and measures that process. */
async function measured(middle, bootstrapServers, way, port, pausing) {
  const reads = async (megabytes, pausing) => {
    const page = start("page", bootstrapServers, way, port, megabytes, pausing);
    let half;
    let last;
    page.on("message", (message) => {
      if (message.half === true) half = usageOf(middle.pid);
      else last = message;
    });
    let most = 0;
    const sampler = setInterval(() => (most = Math.max(most, usageOf(middle.pid).bytes)), SAMPLE_MS);
    await once(page, "exit");
    clearInterval(sampler);
    if (last?.seen !== (megabytes * 1e6) / VALUE_BYTES) throw new Error("the page has not read everything");
    return { most, half };
  };
  const atStart = usageOf(middle.pid);
  await reads(WARM_MEGABYTES, "none"); // its own start, and that of its code, is not the price of a MB
  const before = usageOf(middle.pid);
  const { most, half } = await reads(MEGABYTES, pausing);
  const after = usageOf(middle.pid);
  return {
    beforeMiB: atStart.bytes / 2 ** 20,
    growthMiB: (most - atStart.bytes) / 2 ** 20,
    growthInPauseMiB: (most - half.bytes) / 2 ** 20,
    cpuMsPerMB: (after.cpuMs - before.cpuMs) / MEGABYTES,
  };
}

async function tunnelTo(bootstrapServers) {
  const args = ["tunnel", "--listen", "127.0.0.1:0", "--allow", bootstrapServers];
  const child = fork(fileURLToPath(at("cli/main.js")), args, { stdio: ["pipe", "pipe", "inherit", "ipc"] });
  const [line] = await once(child.stdout, "data");
  return { child, port: /:(\d+) to /.exec(String(line))[1] };
}

async function main() {
  const broker = start("broker", MEGABYTES);
  const { bootstrapServers } = await messageOf(broker);
  console.log(`| through | pause | before | memory grows by | after the first half by | CPU for each MB |`);
  console.log(`| ------- | ----- | ------ | --------------- | ----------------------- | --------------- |`);
  for (const pausing of (process.env.PAUSING ?? "loop,busy").split(",")) {
    for (const way of (process.env.WAY ?? "tunnel,relay").split(",")) {
      let middle;
      let port;
      if (way === "tunnel") ({ child: middle, port } = await tunnelTo(bootstrapServers));
      else {
        middle = start("relay", bootstrapServers);
        ({ port } = await messageOf(middle));
      }
      const { beforeMiB, growthMiB, growthInPauseMiB, cpuMsPerMB } = await measured(
        middle,
        bootstrapServers,
        way,
        port,
        pausing,
      );
      middle.kill();
      console.log(
        `| ${way} | ${pausing} | ${beforeMiB.toFixed(1)} MiB | ${growthMiB.toFixed(1)} MiB | ` +
          `${growthInPauseMiB.toFixed(1)} MiB | ${cpuMsPerMB.toFixed(2)} ms |`,
      );
    }
  }
  broker.kill();
}

const [flag, role, ...args] = process.argv.slice(2);
await (flag === "--role" ? ROLES[role](...args) : main());
