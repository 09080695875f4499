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

/** A wait for metadata that ended in vain, with the topics that are missing and what brokers said of them. */
export function missingTopics(snapshot: MetadataSnapshot, wanted: readonly string[], timeoutMs: number, failure: KafkaError): KafkaError {
  const missing = wanted.filter((name) => (snapshot.topics.get(name)?.partitions.length ?? 0) === 0);
  const codes = missing.map((name) => snapshot.topics.get(name)?.errorCode ?? 0);
  if (codes.every((code) => code === 0)) return failure;
  return new KafkaError("timeout", `${brokerError(codes.find((code) => code !== 0) ?? 0, `metadata of ${missing.join(", ")}`).message} for ${timeoutMs} ms; does the topic exist? A consumer never creates one`, { cause: failure });
}
