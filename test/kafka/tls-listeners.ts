// The listeners of a real Kafka with TLS, and the certificates of both sides, made for this run.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authority } from "../platform/certificate-maker.ts";
import { giveBack, takePorts } from "./free-ports.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

const root = new Authority("Test Root");
const other = new Authority("Other Root");
const PAST = { from: "2020-01-01", to: "2021-01-01" };
const here = { hosts: ["localhost"], addresses: ["127.0.0.1"] };

/** The authority of the brokers' certificates. */
export const ca: string = root.cert;
/** Another one. */
export const otherCa: string = other.cert;
/** Client certificates: a right one, one that has expired, and one of another authority. */
export const clients = {
  alice: root.issue({ name: "alice" }),
  bob: root.issue({ name: "bob" }),
  expired: root.issue({ name: "alice", ...PAST }),
  foreign: other.issue({ name: "alice" }),
} as const;

const SERVERS = {
  SSL: root.issue({ name: "broker", ...here }),
  MTLS: root.issue({ name: "broker", ...here }),
  MTLS12: root.issue({ name: "broker", ...here }),
  EXPIRED: root.issue({ name: "broker", ...here, ...PAST }),
  WRONGHOST: root.issue({ name: "broker", hosts: ["kafka.example.org"] }),
} as const;

/** A listener: MTLS and MTLS12 require a client certificate, and MTLS12 speaks TLS 1.2 only. */
export type TlsListener = keyof typeof SERVERS;

/** A broker with these listeners beside its plain one. */
export interface TlsKafka {
  readonly plainPort: number;
  readonly ports: Readonly<Record<TlsListener, number>>;
  stop(): Promise<void>;
}

/** Starts the broker. */
export async function startTlsKafka(): Promise<TlsKafka> {
  const folder = mkdtempSync(join(tmpdir(), "odradek-tls-"));
  const names = Object.keys(SERVERS) as TlsListener[];
  const free = await takePorts(names.length);
  const ports = Object.fromEntries(names.map((name, i) => [name, free[i] ?? 0])) as Record<TlsListener, number>;
  for (const name of names)
    writeFileSync(join(folder, `${name}.pem`), `${SERVERS[name].key}${SERVERS[name].cert}${root.cert}`);
  writeFileSync(join(folder, "ca.pem"), root.cert);
  const cluster: KafkaCluster = await startKafka({
    properties: ({ port, controllerPort }) => {
      const tls = names.map((name) => `${name}://127.0.0.1:${ports[name]}`);
      return {
        listeners: [`PLAINTEXT://127.0.0.1:${port}`, `CONTROLLER://127.0.0.1:${controllerPort}`, ...tls].join(","),
        "advertised.listeners": [`PLAINTEXT://127.0.0.1:${port}`, ...tls].join(","),
        "listener.security.protocol.map": [
          "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
          ...names.map((name) => `${name}:SSL`),
        ].join(","),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": join(folder, "ca.pem"),
        ...Object.fromEntries(names.flatMap((name) => listenerProperties(name, folder))),
      };
    },
  });
  return {
    plainPort: cluster.brokers[0]?.port ?? 0,
    ports,
    stop: async () => {
      await cluster.stop();
      giveBack(free);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listenerProperties(name: TlsListener, folder: string): readonly (readonly [string, string])[] {
  const prefix = `listener.name.${name.toLowerCase()}`;
  return [
    [`${prefix}.ssl.keystore.type`, "PEM"],
    [`${prefix}.ssl.keystore.location`, join(folder, `${name}.pem`)],
    ...(name.startsWith("MTLS") ? ([[`${prefix}.ssl.client.auth`, "required"]] as const) : []),
    ...(name === "MTLS12"
      ? ([
          [`${prefix}.ssl.enabled.protocols`, "TLSv1.2"],
          [`${prefix}.ssl.protocol`, "TLSv1.2"],
        ] as const)
      : []),
  ];
}
