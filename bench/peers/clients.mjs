// The clients. A new one is a driver with the command line `<driver> <scenario> <bootstrap> <topic> <count> <size>`
// that prints one line of JSON, and a line here: `part` is what install.mjs calls it, `only` or `not` name works,
// `isFast` gives it more records, `isSecured` the works with TLS and SASL.
import { join } from "node:path";
import { here, nodeForClients, peers } from "./folders.mjs";
import { WORKS } from "./works.mjs";

const js = (file, env = {}) => ({ isJs: true, command: [nodeForClients, join(here, "drivers", file)], env });
const native = (part, command, env = {}) => ({ isFast: true, part, command, env });
const rust = join(peers, "rust", "target", "release", "rust-rdkafka-bench");
// Their batches are their records, and they start without a runtime.
const NO_BATCHES = ["start", "start-consume", "start-sasl", "consume-batch", "consume-10KB-batch"];
// Those in which requests, batches and connections are many, or a start's one record has to carry them.
const OBSERVED = ["10B", "100B", "10KB", "single", "seq", "start", "consume", "consume-batch", "consume-10KB", "e2e"];

export const CLIENTS = {
  odradek: { ...js("odradek.mjs"), isFast: true, isSecured: true },
  // Another build of Odradek beside this one: the path of its entry, as dist/node.js of another checkout.
  ...(process.env.ODRADEK_BASE === undefined
    ? {}
    : {
        "odradek-base": {
          ...js("odradek.mjs", { ODRADEK_ENTRY: process.env.ODRADEK_BASE }),
          isFast: true,
          isSecured: true,
        },
      }),
  "odradek-gzip3": { ...js("odradek.mjs", { GZIP_LEVEL: "3" }), isFast: true, only: ["gzip"] },
  "odradek-hooks": { ...js("odradek.mjs", { HOOKS: "1" }), isFast: true, only: OBSERVED },
  "odradek-run": { ...js("odradek.mjs", { RUN: "1" }), isFast: true, only: ["consume", "consume-10KB"] },
  kafkajs: { ...js("kafkajs.mjs"), part: "kafkajs", isSlow: true, isSecured: true, not: ["lz4", "e2e"] },
  // The same driver on the drop-in that is built in this repository.
  "odradek-kafkajs": {
    ...js("kafkajs.mjs", { DROP_IN: "1" }),
    isSecured: true,
  },
  "kafkajs-noidem": {
    ...js("kafkajs.mjs", { IDEMPOTENT: "0" }),
    part: "kafkajs",
    isSlow: true,
    only: ["single", "seq", "e2e"],
  },
  "odradek-kafkajs-noidem": {
    ...js("kafkajs.mjs", { DROP_IN: "1", IDEMPOTENT: "0" }),
    only: ["single", "seq", "e2e"],
  },
  platformatic: {
    ...js("platformatic.mjs"),
    part: "platformatic",
    isSlow: true,
    isSecured: true,
    not: ["single", "e2e"],
  },
  "platformatic-noidem": {
    ...js("platformatic.mjs", { IDEMPOTENT: "0" }),
    part: "platformatic",
    isSlow: true,
    only: ["10B", "100B", "single", "e2e"],
  },
  "confluent-kjs": { ...js("confluent-kjs.mjs"), part: "confluent" },
  "confluent-cb": { ...js("confluent-cb.mjs"), part: "confluent" },
  "rust-rdkafka": { ...native("rust", [rust]), isSecured: true, not: ["single", "seq", "e2e", ...NO_BATCHES] },
  "rust-future": { ...native("rust", [rust], { VARIANT: "future" }), only: ["single", "seq", "consume", "e2e"] },
  "franz-go": { ...native("go", [join(peers, "go", "franz")]), isSecured: true, not: NO_BATCHES },
  java: {
    ...native("java", [
      "java",
      "-Xmx1g",
      "-cp",
      `${join(peers, "java")}:${join(peers, "..", "kafka-4.4.0", "*")}`,
      "Bench",
    ]),
    not: NO_BATCHES,
  },
};

/** Whether a client does this work. */
export function does(client, work) {
  if (WORKS[work].security !== undefined && client.isSecured !== true) return false;
  return (client.only?.includes(work) ?? true) && !(client.not?.includes(work) ?? false);
}

/** Why a client cannot be measured here; undefined if it can. */
export function missing(name, installed) {
  const { part } = CLIENTS[name];
  if (part === undefined) return undefined;
  const state = installed[part];
  if (state === undefined) return "not installed: run node bench/peers/install.mjs";
  return state.ok ? undefined : state.why;
}
