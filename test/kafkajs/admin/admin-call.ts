// The same calls on kafkajs and on the drop-in, each against a cluster of its own that is set up alike.
import type { Admin, Kafka } from "kafkajs";
import { EmbeddedCluster, type EmbeddedClusterOptions } from "odradek/embedded";
import { factsOf, shipped, theirs } from "../real-kafkajs.ts";

/** A call of an admin, or several of which the last one's outcome counts. */
export interface AdminCall {
  /** The call as a program writes it. */
  readonly what: string;
  /** `kafka` is the real kafkajs on both sides. */
  run(admin: Admin, kafka: Kafka): Promise<unknown>;
  /** Why the drop-in does something else. The test then sees to it that it does. */
  readonly differs?: string;
}

/** The outcomes of calls: their results or errors by what was called. */
export type Outcomes = ReadonlyMap<string, unknown>;

/** What `kafkajs` or the drop-in exports. */
export type KafkaJsModule = typeof theirs;

/** Retries that take no time, and whose waits are the same on both sides. */
export const RETRY = { initialRetryTime: 2, retries: 2, factor: 0, multiplier: 1 };

/** The cluster of each side: its options, and what is done to it before the calls. */
export type Stage = EmbeddedClusterOptions & { readonly prepare?: (cluster: EmbeddedCluster) => void };

/** Runs calls one after the other on the real kafkajs, and beside it on the drop-in. */
export async function onBoth(
  stage: Stage,
  calls: readonly AdminCall[],
): Promise<{ readonly real: Outcomes; readonly ours: Outcomes }> {
  const [real, ours] = await Promise.all([onOne(theirs, stage, calls), onOne(shipped, stage, calls)]);
  return { real, ours };
}

async function onOne(
  module: KafkaJsModule,
  { prepare, ...options }: Stage,
  calls: readonly AdminCall[],
): Promise<Outcomes> {
  const cluster = await EmbeddedCluster.start({ host: "127.0.0.1", autoCreateTopics: false, ...options });
  prepare?.(cluster);
  try {
    return await runCalls(module, cluster.bootstrapServers.split(","), calls);
  } finally {
    await cluster.close();
  }
}

/**
 * Runs calls on one cluster. `between` is called after each: brokers learn of changes one after the other. Ports, and
 * ids of clusters and members, are left out of what is compared.
 */
export async function runCalls(
  module: KafkaJsModule,
  brokers: readonly string[],
  calls: readonly AdminCall[],
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<Outcomes> {
  const config = { brokers: [...brokers], logLevel: module.logLevel.NOTHING, retry: RETRY };
  const admin = new module.Kafka(config).admin();
  const kafka = new theirs.Kafka(config);
  const outcomes = new Map<string, unknown>();
  try {
    for (const { what, run } of calls) {
      outcomes.set(what, await comparable(() => run(admin, kafka), brokers));
      await between();
    }
  } finally {
    await admin.disconnect();
  }
  return outcomes;
}

async function comparable(run: () => Promise<unknown>, brokers: readonly string[]): Promise<unknown> {
  try {
    return { resolved: withoutPlaces(await run(), brokers) };
  } catch (error) {
    return { rejected: withoutPlaces(factsOf(error), brokers) };
  }
}

/** Replaces ports by the places of the brokers, and leaves out ids that are made by chance. */
function withoutPlaces(value: unknown, brokers: readonly string[]): unknown {
  const ports = brokers.map((address) => Number(address.split(":").at(-1)));
  const look = (one: unknown, key = ""): unknown => {
    if (key === "broker" && brokers.includes(one as string)) return `broker ${brokers.indexOf(one as string)}`;
    if (key === "port" && ports.includes(one as number)) return `port of broker ${ports.indexOf(one as number)}`;
    if ((key === "clusterId" || key === "memberId") && typeof one === "string") return key;
    if (Array.isArray(one)) return one.map((entry) => look(entry));
    if (Buffer.isBuffer(one)) return one.toString("hex");
    if (one instanceof Error) return look(factsOf(one));
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(
      Object.entries(one).map(([name, entry]) => [name, look(entry, name === "value" ? key : name)]),
    );
  };
  return look(value);
}

/** Sorts an answer whose order kafkajs leaves to chance. */
export function sorted<T>(list: readonly T[], keyOf: (one: T) => string | number): T[] {
  return [...list].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** One call. `differs` says why the drop-in does something else. */
export function call(what: string, run: AdminCall["run"], differs?: string): AdminCall {
  return differs === undefined ? { what, run } : { what, run, differs };
}
