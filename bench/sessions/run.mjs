// node bench/sessions/run.mjs [--seconds 60] [--mechanisms PLAIN,SCRAM-SHA-256] [--out FILE.md]
// How long a producer pauses while its session is renewed, on a real Kafka with sessions of 5 s.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Kafka } from "odradek";
import { SecureKafka, USERS } from "../../build/test/kafka/secure/secure-cluster.js";
import { unsecuredToken } from "../../build/test/kafka/secure/token-server.js";
import { WatchedSockets } from "../../build/test/kafka/secure/watched-sockets.js";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    mechanisms: { type: "string", default: "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER" },
    out: { type: "string" },
  },
});
/** Until the broker's own compiler has seen some load. */
const WARM_UP_SECONDS = 5;
/** A record every 2 ms: nearly always some are in flight, and no queue builds up. */
const EVERY_MS = 2;
const LISTENERS = { sessions: "SHORT", "no sessions": "SASL" };

const login = (mechanism) =>
  mechanism === "OAUTHBEARER"
    ? { mechanism, token: () => unsecuredToken("alice") }
    : { mechanism, username: "alice", password: USERS.alice };
const at = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];

/** Sends records one by one for some seconds. Returns the times from send to acknowledgement, and the pauses. */
async function measure(bootstrapServers, mechanism, seconds) {
  const sockets = new WatchedSockets(Number(bootstrapServers.split(":")[1]));
  const kafka = new Kafka({ bootstrapServers, sasl: login(mechanism), onLog: () => undefined });
  const producer = kafka.producer();
  const topic = "alice-1";
  await producer.send({ topic, value: "first" });
  const latencies = [];
  const inFlight = new Set();
  const endsAtMs = performance.now() + seconds * 1000;
  let nextMs = performance.now();
  while (nextMs < endsAtMs) {
    const fromMs = performance.now();
    const sent = producer.send({ topic, value: "x".repeat(100) }).then(() => {
      latencies.push(performance.now() - fromMs);
      inFlight.delete(sent);
    });
    inFlight.add(sent);
    nextMs += EVERY_MS;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextMs - performance.now())));
  }
  await Promise.all(inFlight);
  await kafka.close();
  sockets.stop();
  latencies.sort((a, b) => a - b);
  const pauses = sockets.all.flatMap(({ pausesMs }) => pausesMs).sort((a, b) => a - b);
  return { latencies, pauses };
}

const secure = await SecureKafka.start();
const lines = [
  "| mechanism | renewals | pause p50 ms | longest pause ms | send p99.9 ms | longest send ms | " +
    "without sessions: p99.9 ms | longest send ms |",
  `|---|${"--:|".repeat(7)}`,
];
try {
  for (const listener of Object.values(LISTENERS)) await measure(secure.at(listener), "PLAIN", WARM_UP_SECONDS);
  for (const mechanism of options.mechanisms.split(",")) {
    const [limited, endless] = [
      await measure(secure.at(LISTENERS.sessions), mechanism, Number(options.seconds)),
      await measure(secure.at(LISTENERS["no sessions"]), mechanism, Number(options.seconds)),
    ];
    const cells = [
      ...[at(limited.pauses, 0.5), limited.pauses.at(-1)],
      ...[limited, endless].flatMap(({ latencies }) => [at(latencies, 0.999), latencies.at(-1)]),
    ].map((ms) => ms?.toFixed(1) ?? "");
    lines.push(`| ${mechanism} | ${limited.pauses.length} | ${cells.join(" | ")} |`);
    console.error(lines.at(-1));
  }
} finally {
  await secure.stop();
}
if (options.out === undefined) console.log(lines.join("\n"));
else writeFileSync(options.out, `${lines.join("\n")}\n`);
