import { EmbeddedCluster } from "../../../src/embedded/embedded-cluster.ts";

/**
 * The state that a call on an object may change at once, as text: it is the same before and after a call with a wrong
 * argument.
 */
export function stateOf(receiver: unknown): string {
  if (receiver instanceof EmbeddedCluster) return JSON.stringify(receiver.snapshot());
  if (typeof receiver !== "object" || receiver === null) return "";
  const one = receiver as Readonly<Record<string, unknown>>;
  const facts: Record<string, unknown> = {
    isClosed: one["isClosed"],
    // A producer checks its time limits at each call: records of other calls may expire.
    bufferedBytes: "enqueue" in receiver ? undefined : one["bufferedBytes"],
    accepted: (one["counters"] as { accepted?: number } | undefined)?.accepted,
  };
  if ("pauseAll" in receiver) {
    const consumer = receiver as unknown as {
      paused(): unknown;
      assignment(): readonly { topic: string; partition: number }[];
      subscription(): readonly unknown[];
      position(place: unknown): number;
    };
    facts["paused"] = consumer.paused();
    facts["positions"] = consumer.assignment().map((place) => [place.topic, place.partition, consumer.position(place)]);
    facts["subscription"] = consumer.subscription().map(String);
  }
  return JSON.stringify(facts);
}
