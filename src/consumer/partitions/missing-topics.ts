import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { MetadataSnapshot } from "../../cluster/metadata.ts";
import { brokerError } from "../../errors/broker-error.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { isBeingCreated } from "./cursor-wait.ts";

/** Why a topic cannot be read at all, by what metadata says of it; undefined where another try may find it. */
export function refusalOf(snapshot: MetadataSnapshot, name: string): KafkaError | undefined {
  const code = snapshot.topics.get(name)?.errorCode ?? 0;
  if (code === 0) return undefined;
  const error = brokerError(code, `metadata of topic ${name}`, { topic: name });
  return error.retriable ? undefined : error;
}

/** Why topics cannot be read yet: what metadata says of the first that is missing; undefined where it says nothing. */
export function whyMissing(snapshot: MetadataSnapshot, wanted: readonly string[]): KafkaError | undefined {
  for (const name of wanted) {
    const topic = snapshot.topics.get(name);
    if (topic !== undefined && topic.errorCode !== 0)
      return brokerError(topic.errorCode, `metadata of topic ${name}`, { topic: name });
  }
  return undefined;
}

/** Of a topic that was deleted the partitions that it had stay known. */
function exists({ topics }: MetadataSnapshot, name: string): boolean {
  const topic = topics.get(name);
  return topic?.errorCode === 0 && topic.partitions.length > 0;
}

/** Whether one of the topics other than `name` is there: a subscription goes on with it. */
export function hasOthers(snapshot: MetadataSnapshot, topics: readonly string[], name: string): boolean {
  return topics.some((other) => other !== name && exists(snapshot, other));
}

/**
 * Settles when all of these topics are known, or refused. After `timeoutMs` it
 * rejects with kind `timeout` and names what is missing. With `goesOn` it rejects
 * only where all are missing; else it warns, and reading goes on with the others.
 */
export async function awaitTopics(
  client: ClusterClient,
  wanted: readonly string[],
  { timeoutMs, goesOn }: { readonly timeoutMs: number; readonly goesOn: boolean },
): Promise<MetadataSnapshot> {
  const areKnown = (snapshot: MetadataSnapshot): boolean =>
    wanted.every((name) => exists(snapshot, name) || refusalOf(snapshot, name) !== undefined);
  try {
    return await client.awaitMetadata(areKnown, {
      deadlineMs: client.clock.monotonic() + timeoutMs,
      what: `metadata of ${wanted.join(", ")}`,
      why: (snapshot) => whyMissing(snapshot, wanted),
      isExpected: isBeingCreated,
    });
  } catch (error) {
    const { snapshot, cluster } = client;
    const failure = missingTopics(snapshot, wanted, timeoutMs, KafkaError.from(error));
    if (failure.kind !== "timeout" || !goesOn || !wanted.some((name) => exists(snapshot, name))) throw failure;
    cluster.log("warn", `${failure.message}. Reading goes on without`);
    return snapshot;
  }
}

/** A wait for metadata that ended in vain, with the topics that are missing and what brokers said of them. */
function missingTopics(
  snapshot: MetadataSnapshot,
  wanted: readonly string[],
  timeoutMs: number,
  failure: KafkaError,
): KafkaError {
  const missing = wanted.filter((name) => !exists(snapshot, name));
  const cause = whyMissing(snapshot, missing);
  if (cause?.code === undefined || failure.kind !== "timeout") return failure;
  return new KafkaError(
    "timeout",
    `${brokerError(cause.code, `metadata of ${missing.join(", ")}`).message} for ${timeoutMs} ms; does the topic ` +
      "exist? A consumer never creates one",
    { cause },
  );
}
