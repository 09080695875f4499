// Odradek on node:net against a connector of the host's own sockets, on Bun and Deno: 10 KB records, produced and
// consumed, with the embedded broker in another process (Node). npm run build first; then:
//   node bench/native-sockets.mjs [ROUNDS]
// It runs each way in turn, in processes of its own, and prints the medians of MB/s and of CPU ms per 100 MB.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const RECORDS = 20_000;
const VALUE_BYTES = 10_240;
const self = fileURLToPath(import.meta.url);
const at = (path) => new URL(`../dist/${path}`, import.meta.url).href;

/** Bun's sockets: each event brings a buffer of Bun's own. */
function bunConnector(KafkaError) {
  return {
    connect: ({ host, port }, sink) =>
      new Promise((resolve, reject) => {
        const remote = `${host}:${port}`;
        const queue = [];
        let isOwnClose = false;
        const flush = (socket) => {
          for (;;) {
            const [next] = queue;
            if (next === undefined) return;
            const sent = socket.write(next.chunk);
            if (sent < next.chunk.length) {
              next.chunk = next.chunk.subarray(Math.max(0, sent));
              return;
            }
            queue.shift();
            next.done?.();
          }
        };
        const failed = (error) => reject(new KafkaError("connection", `${remote}: ${error}`, { retriable: true }));
        globalThis.Bun.connect({
          hostname: host,
          port,
          socket: {
            open: (socket) =>
              resolve({
                remote,
                write: (chunks) =>
                  new Promise((done) => {
                    chunks.forEach((chunk, i) => queue.push({ chunk, ...(i === chunks.length - 1 ? { done } : {}) }));
                    flush(socket);
                  }),
                resume: () => socket.resume(),
                close: () => ((isOwnClose = true), socket.end()),
              }),
            data: (socket, bytes) => sink.filled(bytes) || socket.pause(),
            drain: flush,
            close: () => isOwnClose || sink.closed(),
            error: (_, error) => failed(error),
            connectError: (_, error) => failed(error),
          },
        }).catch(failed);
      }),
  };
}

/** Deno's sockets: reads go into the client's own buffers. */
function denoConnector() {
  return {
    async connect({ host, port }, sink) {
      const connection = await globalThis.Deno.connect({ hostname: host, port });
      connection.setNoDelay(true);
      let isOwnClose = false;
      let resume = () => undefined;
      const read = async () => {
        for (;;) {
          const buffer = sink.buffer();
          const size = await connection.read(buffer);
          if (size === null) return;
          if (!sink.filled(buffer.subarray(0, size))) await new Promise((resolve) => (resume = resolve));
        }
      };
      read().then(
        () => isOwnClose || sink.closed(),
        () => isOwnClose || sink.closed(),
      );
      let written = Promise.resolve();
      const writeAll = async (chunks) => {
        for (let rest of chunks) while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
      };
      return {
        remote: `${host}:${port}`,
        write: (chunks) => (written = written.then(() => writeAll(chunks))),
        resume: () => resume(),
        close: () => ((isOwnClose = true), connection.close()),
      };
    },
  };
}

async function child(way, bootstrapServers, topic) {
  const { Kafka, KafkaError } = await import(at("node.js"));
  const isBun = "Bun" in globalThis;
  const connector = way === "native" ? { connector: isBun ? bunConnector(KafkaError) : denoConnector() } : {};
  const kafka = new Kafka({ bootstrapServers, ...connector });
  const value = new Uint8Array(VALUE_BYTES).fill(120);
  const megabytes = (RECORDS * VALUE_BYTES) / 1e6;
  const measured = async (work) => {
    const [fromMs, cpu] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(cpu);
    return {
      mbPerS: (1000 * megabytes) / (performance.now() - fromMs),
      cpuMsPer100Mb: (user + system) / 10 / megabytes,
    };
  };
  const producer = kafka.producer();
  await producer.send({ topic, value });
  const produce = await measured(async () => {
    for (let i = 0; i < RECORDS; i++)
      if (!producer.enqueue({ topic, value })) {
        await producer.ready();
        i--;
      }
    await producer.flush();
  });
  const consumer = kafka.consumer({ assign: [{ topic, partition: 0 }] });
  const consume = await measured(async () => {
    let count = 0;
    for await (const record of consumer) if (record.value.length > 0 && ++count === RECORDS) break;
  });
  await kafka.close();
  console.log(JSON.stringify({ produce, consume }));
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

async function main(rounds) {
  const { EmbeddedCluster } = await import(at("embedded.js"));
  const runtimes = JSON.parse(
    execFileSync(process.execPath, [fileURLToPath(new URL("../scripts/runtimes.mjs", import.meta.url))]).toString(),
  );
  const { execFile } = await import("node:child_process");
  const { promisify } = await import("node:util");
  for (const host of ["bun", "deno"]) {
    const [name, [command, ...args]] = Object.entries(runtimes).find(([key]) => key.startsWith(`${host}@`));
    const found = { "node:net": [], native: [] };
    for (let round = 0; round < rounds; round++)
      for (const way of ["node:net", "native"]) {
        const cluster = await EmbeddedCluster.start({ ports: [0], topics: { t: 1 } });
        const call = [...args, self, "child", way, cluster.bootstrapServers, "t"];
        const { stdout } = await promisify(execFile)(command, call, { timeout: 120_000 });
        found[way].push(JSON.parse(stdout));
        await cluster.close();
      }
    for (const [way, results] of Object.entries(found))
      for (const part of ["produce", "consume"])
        console.log(
          `${name} ${way.padEnd(8)} ${part}: ${median(results.map((one) => one[part].mbPerS)).toFixed(0)} MB/s, ` +
            `${median(results.map((one) => one[part].cpuMsPer100Mb)).toFixed(0)} ms CPU per 100 MB`,
        );
  }
}

const [command, ...more] = process.argv.slice(2);
if (command === "child") await child(...more);
else await main(Number(command ?? 3));
