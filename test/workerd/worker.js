// The Worker of the tests. Each path is one request.
import { Kafka, string, workerdPlatform } from "odradek";
import { conformance } from "odradek/runtime";

let kept;
let consumer;
let admin;
let globalKafka;
try {
  globalKafka = new Kafka({ bootstrapServers: "127.0.0.1:1" });
} catch (error) {
  globalKafka = error;
}

/** The result of a call, or its error. */
async function outcomeOf(call) {
  const begun = Date.now();
  try {
    return { offset: (await call())?.offset };
  } catch (error) {
    return { error: `${error.kind}: ${error.message}`, kind: error.kind, ms: Date.now() - begun };
  }
}

/** A Kafka of one request. */
const kafkaOf = (env, more = {}) => new Kafka({ bootstrapServers: env.BOOTSTRAP, ...more });

const PATHS = {
  /** Produces `n` records with a client of this request. */
  async produce(env, { n = "1", topic = "t", mark = "r" }) {
    const kafka = kafkaOf(env);
    const producer = kafka.producer();
    const sent = await Promise.all(
      Array.from({ length: Number(n) }, (_, i) => producer.send({ topic, key: `${i}`, value: `${mark}${i}` })),
    );
    await kafka.close();
    return { sent: sent.length, offsets: sent.map(({ offset }) => offset) };
  },
  /** Consumes in a group until no record came for `quiet` ms, at most for `ms`. */
  async consume(env, { topic = "t", group = "g", n = "1", ms = "20000" }) {
    const kafka = kafkaOf(env);
    const consumer = kafka.consumer({
      topics: [topic],
      groupId: group,
      startOffset: "earliest",
      value: string(),
    });
    const values = [];
    const timer = setTimeout(() => void consumer.close(), Number(ms));
    for await (const record of consumer) {
      values.push(record.value);
      if (values.length < Number(n)) continue;
      consumer.markProcessed(record);
      break;
    }
    clearTimeout(timer);
    await kafka.close();
    return { values };
  },
  /** Keeps a client between requests. */
  async kept(env, { topic = "t", value = "kept" }) {
    if (kept === undefined) {
      kept = kafkaOf(env);
      kept.shared = kept.producer();
      consumer = kept.consumer({ assign: [{ topic, partition: 0 }] });
      admin = kept.admin();
      await admin.listTopics();
    }
    return outcomeOf(() => kept.shared.send({ topic, value }));
  },
  keptConsumer: () => outcomeOf(() => consumer[Symbol.asyncIterator]().next()),
  keptAdmin: () => outcomeOf(() => admin.listTopics()),
  keptClose: () => outcomeOf(() => kept.close()),
  async forget() {
    kept = undefined;
    return {};
  },
  /** Uses the Kafka of the global scope: nothing answers at its address, so a short timeout is the right outcome. */
  async global() {
    const found = await outcomeOf(() => globalKafka.ping({ timeoutMs: 200 }));
    return found.kind === "closed" ? found : {};
  },
  async tls(env, { topic = "t", address = "TLS", option }) {
    const tls = {
      ca: "-----BEGIN CERTIFICATE-----",
      minVersion: "TLSv1.3",
      maxVersion: "TLSv1.3",
      checkServerIdentity: () => undefined,
      rejectUnauthorized: false,
      pfx: new Uint8Array([0x30]),
      servername: "other.example",
    };
    return outcomeOf(async () => {
      const chosen = option === undefined ? true : { [option]: tls[option] ?? "x" };
      const kafka = new Kafka({ bootstrapServers: env[address], tls: chosen, onLog: () => undefined });
      try {
        return await kafka.producer({ maxBlockMs: 3000 }).send({ topic, value: "secret" });
      } finally {
        await kafka.close();
      }
    });
  },
  /** Logs in over TLS: writes a record, and reads it as a member of a group. */
  async login(env, { topic, group, value, ...sasl }) {
    const { tokenEndpointUrl, clientId, clientSecret } = sasl;
    const login = tokenEndpointUrl === undefined ? sasl : { oidc: { tokenEndpointUrl, clientId, clientSecret } };
    const kafka = new Kafka({
      bootstrapServers: env[tokenEndpointUrl === undefined ? "SASL_TLS" : "OIDC"],
      ...{ tls: true, sasl: { ...login, mechanism: sasl.mechanism }, onLog: () => undefined },
    });
    return outcomeOf(async () => {
      const sent = await kafka.producer().send({ topic, value });
      const reader = kafka.consumer({ topics: [topic], groupId: group, startOffset: "earliest", value: string() });
      for await (const record of reader) if (record.value === value) break;
      return sent;
    }).finally(() => kafka.close());
  },
  nobody: () =>
    outcomeOf(() => new Kafka({ bootstrapServers: "127.0.0.1:1", onLog: () => undefined }).ping({ timeoutMs: 1000 })),
  /** The laws of runtimes, by the published kit. */
  async laws() {
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const monotonic = () => performance.now();
    // R2 needs a million timers, and workerd allows 10,000; S10, R1, R3 and R4 need probes that it does not have.
    const laws = "S1 S2 S3 S4 S5 S6 S7 S8 D1 D2 D3 D4 D5 D6 D7 D8 D9 D10 D11 D12 D13 D14 D15 D18 D19".split(" ");
    return await conformance(() => workerdPlatform().runtime, { sleep, monotonic, laws });
  },
  async version(env) {
    return await kafkaOf(env).ping();
  },
};

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    try {
      const answer = await PATHS[pathname.slice(1)](env, Object.fromEntries(searchParams));
      return Response.json(answer);
    } catch (error) {
      return new Response(`${error.stack ?? error}`, { status: 500 });
    }
  },
};
