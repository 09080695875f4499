/** An entry that no option corresponds to. */
interface Advice {
  /** The reason, and the entry or option to use instead. */
  readonly reason: string;
  /** Accepts values that say what this client does in any case. */
  readonly fits?: (value: string) => boolean;
}

const isEmpty = (value: string): boolean => value.trim() === "";
const is =
  (...values: readonly string[]) =>
  (value: string): boolean =>
    values.includes(value.trim().toLowerCase());
const isClass =
  (...names: readonly string[]) =>
  (value: string): boolean =>
    names.includes(value.trim().replace(/^.*\./, ""));

const BACKOFF: Advice = { reason: "connections and requests share one backoff: use retry.backoff.ms" };
const HOST: Advice = { reason: "the host chooses the sizes of its sockets' buffers" };
const METRICS: Advice = { reason: "use onStatistics of a client in code", fits: isEmpty };
const SERIALIZER = (part: string): Advice => ({
  reason: `pass a serde as ${part} to kafka.producer in code; texts and bytes need none`,
  fits: isClass("StringSerializer", "ByteArraySerializer"),
});
const DESERIALIZER = (part: string): Advice => ({
  reason: `pass a serde as ${part} to kafka.consumer in code, for example string(); bytes need none`,
  fits: isClass("ByteArrayDeserializer"),
});

/** Well-known entries that no option corresponds to. */
export const ADVICE: Readonly<Record<string, Advice>> = {
  "reconnect.backoff.ms": BACKOFF,
  "reconnect.backoff.max.ms": BACKOFF,
  "socket.connection.setup.timeout.max.ms": {
    reason: "the limit of a connection does not grow: use socket.connection.setup.timeout.ms",
  },
  "max.poll.records": { reason: "the loops take one record, or one batch, at a time" },
  "key.serializer": SERIALIZER("key"),
  "value.serializer": SERIALIZER("value"),
  "key.deserializer": DESERIALIZER("key"),
  "value.deserializer": DESERIALIZER("value"),
  "interceptor.classes": { reason: "use the option interceptors of a producer or a consumer in code", fits: isEmpty },
  "metric.reporters": METRICS,
  "metrics.num.samples": METRICS,
  "metrics.sample.window.ms": METRICS,
  "metrics.recording.level": METRICS,
  "statistics.interval.ms": { ...METRICS, fits: is("", "0") },
  "enable.metrics.push": { reason: "this client pushes no metrics to brokers", fits: is("false") },
  "send.buffer.bytes": HOST,
  "receive.buffer.bytes": HOST,
  "socket.send.buffer.bytes": HOST,
  "socket.receive.buffer.bytes": HOST,
  "client.dns.lookup": {
    reason: "all addresses of a name are tried, and canonical names are not looked up",
    fits: is("use_all_dns_ips", "default"),
  },
  "exclude.internal.topics": { reason: "a regular expression never matches internal topics", fits: is("true") },
  "enable.partition.eof": { reason: "compare currentLag() of the consumer with 0", fits: is("false") },
  "enable.auto.offset.store": { reason: "use enable.auto.commit, and commit in code", fits: is("true") },
  "queue.buffering.max.messages": { reason: "the limit of records that wait is in bytes: use buffer.memory" },
  "batch.num.messages": { reason: "batches are limited by their bytes: use batch.size" },
  "api.version.request": { reason: "this client always asks for the versions of a broker", fits: is("true") },
  "broker.version.fallback": { reason: "use the option maxVersions in code" },
  debug: { reason: "use log_level=7, or the option onLog in code", fits: isEmpty },
};
