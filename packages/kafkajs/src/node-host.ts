import { connect, isIP } from "node:net";
import { Kafka, KafkaError, nodePlatform, nodeCodecs, observe, sendAll } from "odradek";
import { portableCodecs } from "odradek/records";
import { compressionCodecs } from "./codecs/compression-codecs.ts";
import type { SocketFactory } from "./connecting/socket-factory.ts";
import type { Host } from "./host.ts";
import { nodeTls } from "./node-tls.ts";
import { createPartitioners } from "./partitioners/partitioners.ts";

/** The host of the published package: Node, Bun or Deno. Made once, when the package is loaded. */
export function nodeHost(): Host {
  const { runtime, clock, connector } = nodePlatform();
  return {
    runtime,
    clock,
    connector,
    socketFactory,
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

const KEEP_ALIVE_MS = 60_000;

/** kafkajs's own: Node's sockets with keep-alive. */
const socketFactory: SocketFactory = ({ host, port, ssl, onConnect }) => {
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = ssl
    ? nodeTls().connect({ host, port, ...name, ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  return socket.setKeepAlive(true, KEEP_ALIVE_MS);
};
