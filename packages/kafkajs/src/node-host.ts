import { Kafka, KafkaError, nodePlatform, nodeCodecs, observe, sendAll } from "odradek";
import { portableCodecs } from "odradek/records";
import { compressionCodecs } from "./codecs/compression-codecs.ts";
import type { Host } from "./host.ts";
import { createPartitioners } from "./partitioners/partitioners.ts";

/** The host of the published package: Node, Bun or Deno. Made once, when the package is loaded. */
export function nodeHost(): Host {
  const { runtime, clock, connector } = nodePlatform();
  return {
    runtime,
    clock,
    connector,
    random: () => Math.random(),
    environment: (name) => process.env[name],
    print: (method, line) => console[method](line),
    kafka: (options) => new Kafka({ ...options, runtime }),
    observe,
    sendAll,
    KafkaError,
    codecs: compressionCodecs({ ...portableCodecs(), ...nodeCodecs() }),
    partitioners: createPartitioners(() => Math.random()),
    process: { nextEventId: 0, warned: new Set() },
  };
}
