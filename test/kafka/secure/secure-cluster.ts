import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KafkaError } from "../../../src/errors/kafka-error.ts";
import { Kafka } from "../../../src/node.ts";
import { withArchive } from "../class-archive.ts";
import { giveBack, takePorts } from "../free-ports.ts";
import { kafkaJars, runJava } from "../jars.ts";
import { type KafkaBroker, type KafkaCluster, startKafka } from "../kafka-cluster.ts";
import { Certificates } from "./certificates.ts";
import { type ListenerName, LISTENERS, listenerProperties } from "./listeners.ts";
import { type Rule, Rules } from "./rules.ts";
import { TokenServer } from "./token-server.ts";

/** The users of SASL PLAIN and SCRAM with their passwords. `alice` may do everything with names that begin `alice-`. */
export const USERS: Readonly<Record<string, string>> = {
  alice: "alice-secret",
  mallory: "mallory-secret",
  "al,i=ce": "p=a,ss wörd",
};
/** Those with the rights of alice. */
const LIKE_ALICE = ["alice", "al,i=ce", "bob", "client:1 +/%ü"];
const NAMES = Object.keys(LISTENERS) as ListenerName[];

/** One real broker with every kind of secured listener, its certificates, users and rules, and a token server. */
export class SecureKafka {
  readonly certificates: Certificates;
  readonly tokens: TokenServer;
  readonly rules: Rules;
  readonly #cluster: KafkaCluster;
  readonly #ports: readonly number[];
  readonly #folder: string;

  /** `properties`: more of the broker's. */
  static async start(properties: Readonly<Record<string, string>> = {}): Promise<SecureKafka> {
    const folder = mkdtempSync(join(tmpdir(), "odradek-secure-"));
    const tokens = await TokenServer.start();
    const ports = await takePorts(NAMES.length + 1);
    const certificates = new Certificates(folder);
    const facts = { certificates: certificates.files, users: USERS, issuer: tokens.issuer };
    const cluster = await startKafka({
      listeners: NAMES.map((name, i) => ({ name, protocol: LISTENERS[name].protocol, port: ports[i] ?? 0 })),
      properties: {
        "auto.create.topics.enable": "false",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "ssl.principal.mapping.rules": "RULE:^CN=([^,]+)$/$1/L,DEFAULT",
        ...Object.fromEntries(NAMES.flatMap((name) => Object.entries(listenerProperties(name, facts)))),
        ...properties,
      },
      javaOptions: javaOptions(tokens, ports.at(-1) ?? 0),
    });
    const rules = await Rules.connect(cluster.bootstrapServers);
    const secure = new SecureKafka(cluster, ports, folder, { certificates, tokens, rules });
    await secure.#administer();
    return secure;
  }

  private constructor(
    cluster: KafkaCluster,
    ports: readonly number[],
    folder: string,
    parts: Pick<SecureKafka, "certificates" | "tokens" | "rules">,
  ) {
    this.#cluster = cluster;
    this.#ports = ports;
    this.#folder = folder;
    this.certificates = parts.certificates;
    this.tokens = parts.tokens;
    this.rules = parts.rules;
  }

  /** Where everything is allowed, without TLS and SASL. */
  get plain(): string {
    return this.#cluster.bootstrapServers;
  }

  get broker(): KafkaBroker {
    const [broker] = this.#cluster.brokers;
    if (broker === undefined) throw new Error("there is no broker");
    return broker;
  }

  /** The address of a listener. */
  at(name: ListenerName): string {
    return `127.0.0.1:${this.#ports[NAMES.indexOf(name)] ?? 0}`;
  }

  /** The sum of a metric of the broker over its network threads, for one listener. */
  async metric(listener: ListenerName, name: string): Promise<number> {
    const jmx = `service:jmx:rmi:///jndi/rmi://127.0.0.1:${this.#ports.at(-1) ?? 0}/jmxrmi`;
    const query = `kafka.server:type=socket-server-metrics,listener=${listener},*`;
    const tool = ["--jmx-url", jmx, "--object-name", query, "--attributes", name, "--one-time"];
    const result = await runJava("org.apache.kafka.tools.JmxTool", tool);
    const [head, values] = result.stdout.trim().split("\n").slice(-2);
    if (result.code !== 0 || values === undefined) throw new Error(`no metrics: ${result.stdout}${result.stderr}`);
    if (head?.includes(name) !== true) throw new Error(`no metric ${name}: ${result.stdout}`);
    return values
      .split(",")
      .slice(1)
      .reduce((sum, value) => sum + Number(value), 0);
  }

  /** Waits until the broker accepts this password of SCRAM: it learns of a change some milliseconds later. */
  async untilAccepted(username: string, password: string): Promise<void> {
    for (;;) {
      const kafka = new Kafka({
        bootstrapServers: this.at("SASL"),
        sasl: { mechanism: "SCRAM-SHA-256", username, password },
        onLog: () => undefined,
      });
      try {
        await kafka.admin().listTopics();
        return;
      } catch (error) {
        if (!KafkaError.is(error) || error.kind !== "authentication") throw error;
      } finally {
        await kafka.close();
      }
    }
  }

  async stop(): Promise<void> {
    this.rules.close();
    await this.#cluster.stop();
    await this.tokens.close();
    giveBack(this.#ports);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #administer(): Promise<void> {
    await this.rules.allow(
      ...LIKE_ALICE.flatMap((user) => rightsTo("alice-*", user)),
      { user: "alice", resource: "topic", name: "alice-readonly", operation: "write", isDenied: true },
      { user: "alice", resource: "topic", name: "shared", operation: "read" },
      { user: "mallory", resource: "topic", name: "shared", operation: "describe" },
      { user: "mallory", resource: "group", name: "mallory-*", operation: "read" },
    );
    for (const [user, password] of Object.entries(USERS))
      for (const mechanism of ["SCRAM-SHA-512", "SCRAM-SHA-256"] as const)
        await this.rules.setPassword(mechanism, user, password, user === "alice" ? 4096 : 16_384);
    await this.untilAccepted("al,i=ce", USERS["al,i=ce"] ?? "");
    const kafka = new Kafka({ bootstrapServers: this.plain });
    const names = ["alice-1", "alice-readonly", "shared", "secret"];
    (await kafka.admin().createTopics(names.map((topic) => ({ topic, numPartitions: 3 })))).orThrow();
    await kafka.close();
  }
}

/** All rights of a user to topics, groups and transactional ids of a name. */
export function rightsTo(name: string, user: string): readonly Rule[] {
  const resources = ["topic", "group", "transactionalId"] as const;
  return resources.map((resource) => ({ user, resource, name, operation: "all" }));
}

function javaOptions(tokens: TokenServer, jmxPort: number): readonly string[] {
  const jmx = "-Dcom.sun.management.jmxremote";
  return [
    ...withArchive(kafkaJars()),
    `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${tokens.issuer}/jwks`,
    `${jmx}.port=${jmxPort}`,
    `${jmx}.rmi.port=${jmxPort}`,
    `${jmx}.host=127.0.0.1`,
    `${jmx}.authenticate=false`,
    `${jmx}.ssl=false`,
    "-Djava.rmi.server.hostname=127.0.0.1",
  ];
}
