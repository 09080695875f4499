import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { MetadataSnapshot } from "../../cluster/metadata.ts";
import { brokerError } from "../../errors/broker-error.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { isBeingCreated } from "./cursor-wait.ts";

/** The error of a topic that can never be read, from metadata; undefined if another try may find it. */
export function refusalOf(snapshot: MetadataSnapshot, name: string): KafkaError | undefined {
  const code = snapshot.topics.get(name)?.errorCode ?? 0;
  if (code === 0) return undefined;
  const error = brokerError(code, `metadata of topic ${name}`, { topic: name });
  return error.retriable ? undefined : error;
}

/** The metadata error of the first topic that is missing; undefined if there is none. */
export function whyMissing(snapshot: MetadataSnapshot, wanted: readonly string[]): KafkaError | undefined {
  for (const name of wanted) {
    const topic = snapshot.topics.get(name);
    if (topic !== undefined && topic.errorCode !== 0)
      return brokerError(topic.errorCode, `metadata of topic ${name}`, { topic: name });
  }
  return undefined;
}

/** A deleted topic keeps its known partitions, so its error code counts. */
function exists({ topics }: MetadataSnapshot, name: string): boolean {
  const topic = topics.get(name);
  return topic?.errorCode === 0 && topic.partitions.length > 0;
}

/** Whether a topic other than `name` exists, so that the subscription can continue. */
export function hasOthers(snapshot: MetadataSnapshot, topics: readonly string[], name: string): boolean {
  return topics.some((other) => other !== name && exists(snapshot, other));
}

/**
 * Resolves when all of these topics are known, or refused for good. After `timeoutMs` it rejects with kind `timeout`
 * and names the missing topics. With `goesOn` it rejects only if all are missing; otherwise it logs a warning, and the
 * other topics are read.
 */
export async function awaitTopics(
  client: ClusterClient,
  wanted: readonly string[],
  {
    timeoutMs,
    goesOn,
    mayCreate,
  }: { readonly timeoutMs: number; readonly goesOn: boolean; readonly mayCreate: boolean },
): Promise<MetadataSnapshot> {
  const before = client.snapshot;
  // A refusal that is older than the loop must not end it: the brokers are asked again.
  const areKnown = (snapshot: MetadataSnapshot): boolean =>
    wanted.every((name) => exists(snapshot, name) || (snapshot !== before && refusalOf(snapshot, name) !== undefined));
  try {
    return await client.awaitMetadata(areKnown, {
      deadlineMs: client.clock.monotonic() + timeoutMs,
      what: `metadata of ${wanted.join(", ")}`,
      why: (snapshot) => whyMissing(snapshot, wanted),
      isExpected: isBeingCreated,
    });
  } catch (error) {
    const { snapshot, cluster } = client;
    const failure = missingTopics(snapshot, wanted, KafkaError.from(error), { timeoutMs, mayCreate });
    if (failure.kind !== "timeout" || !goesOn || !wanted.some((name) => exists(snapshot, name))) throw failure;
    cluster.log("warn", `${failure.message}. Reading continues without it`);
    return snapshot;
  }
}

/** The error of a wait that has timed out, with the missing topics and the broker's error for them. */
function missingTopics(
  snapshot: MetadataSnapshot,
  wanted: readonly string[],
  failure: KafkaError,
  { timeoutMs, mayCreate }: { readonly timeoutMs: number; readonly mayCreate: boolean },
): KafkaError {
  const missing = wanted.filter((name) => !exists(snapshot, name));
  const cause = whyMissing(snapshot, missing);
  if (cause?.code === undefined || failure.kind !== "timeout") return failure;
  return new KafkaError(
    "timeout",
    `${brokerError(cause.code, `metadata of ${missing.join(", ")}`).message} for ${timeoutMs} ms; does the topic ` +
      (mayCreate
        ? "exist? The broker does not create it"
        : "exist? A consumer creates none without allowAutoCreateTopics"),
    { cause },
  );
}
