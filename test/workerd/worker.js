// The Worker of the tests. Each path is one request.
import { Kafka, string } from "odradek";

let kept;

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
    for await (const { value } of consumer) {
      values.push(value);
      if (values.length === Number(n)) break;
    }
    clearTimeout(timer);
    await kafka.close();
    return { values };
  },
  /** Keeps a client between requests. */
  async kept(env, { topic = "t", value = "kept" }) {
    const begun = Date.now();
    kept ??= kafkaOf(env).producer();
    try {
      const { offset } = await kept.send({ topic, value });
      return { offset };
    } catch (error) {
      return { error: error.message, kind: error.kind, outcome: error.outcome, ms: Date.now() - begun };
    }
  },
  async forget() {
    kept = undefined;
    return {};
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
