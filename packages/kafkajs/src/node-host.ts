import nodeModule from "node:module";
import { connect, isIP } from "node:net";
import type * as tls from "node:tls";
import { Kafka, KafkaError, nodePlatform, nodeCodecs, observe, sendAll } from "odradek";
import { portableCodecs } from "odradek/records";
import { compressionCodecs } from "./codecs/compression-codecs.ts";
import type { SocketFactory } from "./connecting/socket-factory.ts";
import type { Host } from "./host.ts";
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

/** `process.getBuiltinModule`: Node has it from 20.16 and 22.3, and Bun and Deno have it too. */
type GetBuiltin = (name: string) => unknown;

/** Node's `tls`, loaded by the first call: it would be a tenth of what the start of a program without TLS takes. */
function nodeTls(): typeof tls {
  const { getBuiltinModule } = process as { readonly getBuiltinModule?: GetBuiltin };
  const loaded: unknown = getBuiltinModule?.("node:tls") ?? nodeModule.createRequire(`${process.cwd()}/`)("node:tls");
  return loaded as typeof tls;
}
