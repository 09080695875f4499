// What Odradek has to reach, work by work, in one interleaved session. Each target is a sentence, and a test of
// medians.
const JS = ["kafkajs", "kafkajs-noidem", "platformatic", "platformatic-noidem", "confluent-kjs", "confluent-cb"];
const OTHERS = [...JS, "rust-rdkafka", "rust-future", "franz-go", "java"];

/** Undefined where none of those to compare with was measured. */
const compare = (field, clients, holds, work) => (of) => {
  const measured = clients.map((client) => of(client, field, work)).filter((value) => value !== undefined);
  return measured.length === 0 ? undefined : measured.every((value) => holds(of("odradek", field), value));
};
const below = (field, clients, factor = 1, work) =>
  compare(field, clients, (own, other) => own <= other * factor, work);
const atLeast = (field, clients, factor = 1, work) =>
  compare(field, clients, (own, other) => own >= other * factor, work);
const small = [
  ["CPU below franz-go's and rust-rdkafka's", below("cpuUs", ["franz-go", "rust-rdkafka"])],
  ["msg/s at least rust-rdkafka's", atLeast("rate", ["rust-rdkafka"])],
  ["beyond: half of rust-rdkafka's CPU", below("cpuUs", ["rust-rdkafka"], 0.5)],
];
const compressed = [
  ["CPU below rust-rdkafka's", below("cpuUs", ["rust-rdkafka"])],
  ["beyond: CPU below franz-go's", below("cpuUs", ["franz-go"])],
];

const secured = [
  ["CPU below every JavaScript client's", below("cpuUs", JS)],
  ["beyond: CPU not above rust-rdkafka's", below("cpuUs", ["rust-rdkafka"])],
];

const KAFKAJS = ["kafkajs", "kafkajs-noidem"];
/** The drop-in's, beside kafkajs. */
const dropIn = (text, field, clients, holds) => [
  `odradek-kafkajs: ${text}`,
  (of) => {
    const own = of("odradek-kafkajs", field);
    const others = clients.map((client) => of(client, field)).filter((value) => value !== undefined);
    return own === undefined || others.length === 0 ? undefined : others.every((other) => holds(own, other));
  },
];
const lessCpu = dropIn(
  "CPU below kafkajs's and platformatic's",
  "cpuUs",
  [...KAFKAJS, "platformatic"],
  (a, b) => a < b,
);
const faster = (times) => dropIn(`${times} times kafkajs's msg/s`, "rate", KAFKAJS, (a, b) => a >= times * b);
const asQuick = dropIn("p50 not above kafkajs's", "p50us", KAFKAJS, (a, b) => a <= b);
const DROP_IN = {
  "10B": [faster(4), lessCpu],
  "100B": [faster(4), lessCpu],
  "10KB": [lessCpu],
  gzip: [lessCpu],
  lz4: [lessCpu],
  single: [faster(20), lessCpu],
  seq: [asQuick, lessCpu],
  consume: [faster(2.5), lessCpu],
  "consume-batch": [faster(2.5), lessCpu],
  "consume-10KB": [faster(1.5), lessCpu],
  "consume-10KB-batch": [faster(1.5), lessCpu],
  e2e: [asQuick, lessCpu],
};

const OWN = {
  "10B": small,
  "100B": small,
  "10KB": [
    ["CPU below rust-rdkafka's", below("cpuUs", ["rust-rdkafka"])],
    ["MB/s at least rust-rdkafka's", atLeast("mbps", ["rust-rdkafka"])],
    ["beyond: CPU near franz-go's (1.25 times)", below("cpuUs", ["franz-go"], 1.25)],
  ],
  gzip: compressed,
  lz4: compressed,
  single: [
    ["msg/s at least FutureProducer's", atLeast("rate", ["rust-future"])],
    ["p99 not above FutureProducer's", below("p99us", ["rust-future"])],
    ["CPU not above FutureProducer's", below("cpuUs", ["rust-future"])],
    ["beyond: 4 times the best JavaScript client's msg/s", atLeast("rate", JS, 4)],
  ],
  seq: [
    ["p50 not above the best client's", below("p50us", OTHERS)],
    ["p99 not above the best client's", below("p99us", OTHERS)],
  ],
  start: [["below every JavaScript client's", below("startMs", JS)]],
  consume: [
    ["msg/s at least rust-rdkafka's BaseConsumer", atLeast("rate", ["rust-rdkafka"])],
    ["CPU below rust-rdkafka's BaseConsumer", below("cpuUs", ["rust-rdkafka"])],
    [
      "run with concurrency: msg/s and CPU within 1.3 of it",
      (of) =>
        of("odradek-run", "rate") === undefined
          ? undefined
          : of("odradek-run", "rate") * 1.3 >= of("odradek", "rate") &&
            of("odradek-run", "cpuUs") <= of("odradek", "cpuUs") * 1.3,
    ],
    ["peak memory below every JavaScript client's", below("rssMb", JS)],
    ["beyond: CPU below franz-go's", below("cpuUs", ["franz-go"])],
    ["beyond: peak memory below 100 MB", (of) => of("odradek", "rssMb") < 100],
  ],
  // The batches of franz-go and Java are their records.
  "consume-batch": [
    ["msg/s at least Java's", atLeast("rate", ["java"], 1, "consume")],
    ["CPU not above franz-go's", below("cpuUs", ["franz-go"], 1, "consume")],
    ["peak memory below every JavaScript client's", below("rssMb", JS)],
    ["beyond: 2 million msg/s", (of) => of("odradek", "rate") >= 2_000_000],
  ],
  "consume-10KB": [
    ["MB/s at least franz-go's", atLeast("mbps", ["franz-go"])],
    ["CPU below the best JavaScript client's", below("cpuUs", JS)],
    ["peak memory below every JavaScript client's", below("rssMb", JS)],
    ["beyond: CPU below rust-rdkafka's", below("cpuUs", ["rust-rdkafka"])],
  ],
  e2e: [
    ["p50 not above franz-go's", below("p50us", ["franz-go"])],
    ["p99 not above franz-go's", below("p99us", ["franz-go"])],
  ],
  "start-consume": [["below every JavaScript client's", below("startMs", JS)]],
  "100B-tls": secured,
  "10KB-tls": secured,
  "consume-tls": secured,
  "consume-10KB-tls": secured,
  "start-sasl": [["below every JavaScript client's", below("startMs", JS)]],
};

export const TARGETS = Object.fromEntries(
  Object.keys({ ...OWN, ...DROP_IN }).map((work) => [work, [...(OWN[work] ?? []), ...(DROP_IN[work] ?? [])]]),
);
