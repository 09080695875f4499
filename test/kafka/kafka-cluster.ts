import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import { metadataApi } from "../../src/protocol/messages/metadata.ts";
import { RawClient } from "../embedded/raw-client.ts";
import { withArchive } from "./class-archive.ts";
import { giveBack, takePorts } from "./free-ports.ts";
import { kafkaJars, runJava } from "./jars.ts";

/** One broker of a real cluster: a process of its own. */
export interface KafkaBroker {
  readonly id: number;
  readonly port: number;
  /** The port of the controller in its process. */
  readonly controllerPort: number;
  /** Of its process, while there is one. */
  readonly pid: number | undefined;
  /** kill -9, and waits for the end. */
  kill(): Promise<void>;
  /** SIGTERM, as for an upgrade: its partitions are given to others first. Waits for the end. */
  shutDown(): Promise<void>;
  /** Starts it again on its data, and waits until it listens. */
  restart(): Promise<void>;
  /** SIGSTOP, and waits until every thread of it stands. */
  pause(): Promise<void>;
  /** SIGCONT. */
  resume(): void;
}

/** A real Apache Kafka on loopback: KRaft, broker and controller in one process each. */
export interface KafkaCluster {
  readonly bootstrapServers: string;
  readonly brokers: readonly KafkaBroker[];
  /** Where their files are: the log of broker N in `node-N`. */
  readonly folder: string;
  /** Ends every process that was started here, and removes their files. */
  stop(): Promise<void>;
}

/** A listener of a single broker, besides PLAINTEXT. */
export interface MoreListener {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

type Properties = Readonly<Record<string, string>>;

/** The ports of a node, for properties that name listeners. */
export interface NodePorts {
  readonly port: number;
  readonly controllerPort: number;
}

/**
 * Starts a cluster of one or three brokers on free ports and in a temporary folder of its own. `features` as
 * `transaction.version=1`; `version`: another release of Kafka; `javaOptions`: in place of those that use the archive.
 */
export async function startKafka(
  options: {
    readonly brokers?: 1 | 3;
    readonly firstNodeId?: number;
    readonly heapMb?: number;
    readonly properties?: Properties | ((node: NodePorts) => Properties);
    readonly features?: readonly string[];
    readonly version?: string;
    readonly javaOptions?: readonly string[];
    readonly listeners?: readonly MoreListener[];
    /** Whether controllers can be added to the voters and removed (KIP-853). */
    readonly isDynamicQuorum?: boolean;
  } = {},
): Promise<KafkaCluster> {
  const count = options.brokers ?? 1;
  const firstNodeId = options.firstNodeId ?? 1;
  const { version, javaOptions = withArchive(kafkaJars(version)) } = options;
  const folder = mkdtempSync(join(tmpdir(), "odradek-kafka-"));
  const ports = await takePorts(count * 2);
  const uuid = clusterId();
  const voters = Array.from(
    { length: count },
    (_, i) => `${i + firstNodeId}@127.0.0.1:${String(ports[count + i])}`,
  ).join(",");
  const nodes = Array.from(
    { length: count },
    (_, i) =>
      new Node(i + firstNodeId, ports[i] ?? 0, ports[count + i] ?? 0, join(folder, `node-${i + 1}`), version, [
        `-Xmx${options.heapMb ?? 384}m`,
        `-Xms${options.heapMb ?? 384}m`,
        ...javaOptions,
      ]),
  );
  const isDynamic = options.isDynamicQuorum === true;
  for (const node of nodes)
    writeFileSync(
      `${node.folder}.properties`,
      properties(node, isDynamic ? { bootstrap: bootstrapOf(nodes) } : { voters }, count, {
        ...listening(node, options.listeners),
        ...propertiesOf(options.properties, node),
      }),
    );
  const features = (options.features ?? []).flatMap((feature) => ["--feature", feature]);
  const initial = nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}:${clusterId()}`).join(",");
  const format = isDynamic ? [...features, "--initial-controllers", initial] : features;
  await Promise.all(nodes.map((node) => node.format(uuid, format)));
  const killAll = (): void => {
    for (const node of nodes) node.kill().catch(() => undefined);
  };
  process.once("exit", killAll);
  for (const node of nodes) node.start();
  await Promise.all(nodes.map((node) => node.listening()));
  for (const { port } of options.listeners ?? []) await nodes[0]?.listening(port);
  const bootstrapServers = nodes.map((node) => `127.0.0.1:${node.port}`).join(",");
  for (const node of nodes) await untilAllAreKnown(node.port, count);
  return {
    bootstrapServers,
    brokers: nodes,
    folder,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.kill()));
      process.off("exit", killAll);
      giveBack(ports);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

class Node implements KafkaBroker {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  readonly folder: string;
  readonly #version: string | undefined;
  readonly #javaOptions: readonly string[];
  #child: ChildProcess | undefined;

  constructor(
    id: number,
    port: number,
    controllerPort: number,
    folder: string,
    version: string | undefined,
    javaOptions: readonly string[],
  ) {
    this.id = id;
    this.port = port;
    this.controllerPort = controllerPort;
    this.folder = folder;
    this.#version = version;
    this.#javaOptions = javaOptions;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async format(uuid: string, more: readonly string[]): Promise<void> {
    const result = await runJava(
      "kafka.tools.StorageTool",
      ["format", "-t", uuid, "-c", `${this.folder}.properties`, ...more],
      this.#version === undefined ? {} : { version: this.#version },
    );
    if (result.code !== 0) throw new Error(`formatting failed: ${result.stdout}${result.stderr}`);
  }

  start(): void {
    this.#child = spawn(
      "java",
      [
        ...this.#javaOptions,
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=4",
        "-cp",
        join(kafkaJars(this.#version), "*"),
        "kafka.Kafka",
        `${this.folder}.properties`,
      ],
      { stdio: "ignore" },
    );
  }

  async listening(port = this.port): Promise<void> {
    for (;;) {
      const { exitCode, signalCode } = this.#child ?? {};
      if (exitCode !== null || signalCode !== null)
        throw new Error(`broker ${this.id} ended before it listened: ${exitCode ?? signalCode ?? "it never began"}`);
      if (await canConnect(port)) return;
      await pause(50);
    }
  }

  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  shutDown(): Promise<void> {
    return this.#end("SIGTERM");
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  async restart(): Promise<void> {
    await this.kill();
    this.start();
    await this.listening();
  }

  async pause(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    child.kill("SIGSTOP");
    // The signal goes to one thread, and stops the others when that thread has its turn on a CPU. On a busy machine a
    // broker that was "stopped" still answered the fetch of a follower that was continued right after: the follower had
    // it all.
    while (!isStopped(child.pid)) await pause(5);
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }
}

function propertiesOf(given: Properties | ((node: NodePorts) => Properties) | undefined, node: Node): Properties {
  return typeof given === "function" ? given(node) : (given ?? {});
}

/** The voters if they cannot change, else the controllers that a node asks for them. */
type Quorum = { readonly voters: string } | { readonly bootstrap: string };

function bootstrapOf(nodes: readonly Node[]): string {
  return nodes.map(({ controllerPort }) => `127.0.0.1:${controllerPort}`).join(",");
}

function properties(node: Node, quorum: Quorum, count: number, more: Properties): string {
  const replication = String(count);
  const minIsr = count === 1 ? "1" : "2";
  const all: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": String(node.id),
    ...("voters" in quorum
      ? { "controller.quorum.voters": quorum.voters }
      : { "controller.quorum.bootstrap.servers": quorum.bootstrap }),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "log.dirs": node.folder,
    "num.partitions": "3",
    // One broker keeps the defaults, and says so when it is asked where they come from.
    ...(count === 1 ? {} : { "default.replication.factor": replication, "min.insync.replicas": minIsr }),
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": replication,
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": replication,
    "transaction.state.log.min.isr": minIsr,
    "share.coordinator.state.topic.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": replication,
    "share.coordinator.state.topic.min.isr": minIsr,
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    ...more,
  };
  return (
    Object.entries(all)
      .map(([name, value]) => `${name}=${value}`)
      .join("\n") + "\n"
  );
}

/** The addresses of a node, and the protocol that each speaks. */
function listening(node: Node, more: readonly MoreListener[] = []): Readonly<Record<string, string>> {
  const own: MoreListener[] = [{ name: "PLAINTEXT", protocol: "PLAINTEXT", port: node.port }, ...more];
  const controller = { name: "CONTROLLER", protocol: "PLAINTEXT", port: node.controllerPort };
  const addresses = (list: readonly MoreListener[]): string =>
    list.map(({ name, port }) => `${name}://127.0.0.1:${port}`).join(",");
  return {
    listeners: addresses([...own, controller]),
    "advertised.listeners": addresses(own),
    "listener.security.protocol.map": [...own, controller].map(({ name, protocol }) => `${name}:${protocol}`).join(","),
  };
}

/** As Kafka writes ids: 16 bytes in base64url, not beginning with a hyphen. */
function clusterId(): string {
  const id = randomBytes(16).toString("base64url");
  return id.startsWith("-") ? clusterId() : id;
}

/** Until the broker at this port knows every other. A tool of Kafka would cost two seconds of CPU. */
async function untilAllAreKnown(port: number, count: number): Promise<void> {
  for (;;) {
    const client = await RawClient.connect(nodeConnector(), `127.0.0.1:${port}`);
    try {
      const { brokers } = await client.request(metadataApi, { topics: [] }, 12);
      if (brokers.length >= count) return;
    } finally {
      client.close();
    }
    await pause(100);
  }
}

/** Whether something listens there. */
function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Where there is no /proc, the signal is taken at its word. */
function isStopped(pid: number): boolean {
  const threads = `/proc/${String(pid)}/task`;
  if (!existsSync(threads)) return true;
  return readdirSync(threads).every((thread) => {
    try {
      return /^\d+ \(.*\) [TtZX] /s.test(readFileSync(join(threads, thread, "stat"), "utf8"));
    } catch {
      return true; // it ended
    }
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
