import type { MetadataSnapshot } from "../cluster/metadata.ts";
import { brokerError } from "../errors/broker-error.ts";
import { KafkaError } from "../errors/kafka-error.ts";

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
    if (topic !== undefined && topic.errorCode !== 0) return brokerError(topic.errorCode, `metadata of topic ${name}`, { topic: name });
  }
  return undefined;
}

/** A wait for metadata that ended in vain, with the topics that are missing and what brokers said of them. */
export function missingTopics(snapshot: MetadataSnapshot, wanted: readonly string[], timeoutMs: number, failure: KafkaError): KafkaError {
  const missing = wanted.filter((name) => (snapshot.topics.get(name)?.partitions.length ?? 0) === 0);
  const cause = whyMissing(snapshot, missing);
  if (cause?.code === undefined || failure.kind !== "timeout") return failure;
  return new KafkaError("timeout", `${brokerError(cause.code, `metadata of ${missing.join(", ")}`).message} for ${timeoutMs} ms; does the topic exist? A consumer never creates one`, { cause });
}
