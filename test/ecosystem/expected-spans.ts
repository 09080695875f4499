import type { NormalSpan } from "./spans.ts";

/** The spans of each agent, as shapeOf gives them: read from a run on kafkajs, and looked through. */
export const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  OpenTelemetry: [
    "aborts",
    "commits",
    "poll batch",
    "process batch, in poll batch, links send batch",
    "process batch, in poll batch, links send batch",
    "process batch, in poll batch, links send batch",
    "process each, in send each",
    "process eos, in send eos",
    "process fails, in send fails",
    "send batch, in sends a batch",
    "send batch, in sends a batch",
    "send batch, in sends a batch",
    "send each, in sends one",
    "send eos, in transaction",
    "send eos, in transaction",
    "send fails",
    "send none, in sends to no topic",
    "sends a batch",
    "sends one",
    "sends to no topic",
    "transaction, in aborts",
    "transaction, in commits",
  ],
  // It does not wrap transactions.
  "dd-trace": [
    "aborts",
    "commits",
    "kafka.consume batch, links kafka.produce batch,kafka.produce batch,kafka.produce batch",
    "kafka.consume each, in kafka.produce each",
    "kafka.consume eos",
    "kafka.consume fails, in kafka.produce fails",
    "kafka.produce batch, in sends a batch",
    "kafka.produce each, in sends one",
    "kafka.produce fails",
    "kafka.produce none, in sends to no topic",
    "sends a batch",
    "sends one",
    "sends to no topic",
  ],
  // Nor does it; and its transaction "sends a batch" stays the current one after its end.
  "Elastic APM": [
    "Kafka RECEIVE from batch, links Kafka SEND to batch",
    "Kafka RECEIVE from each, in Kafka SEND to each",
    "Kafka RECEIVE from eos",
    "Kafka RECEIVE from fails, in Kafka SEND to fails",
    "Kafka SEND to batch, in sends a batch",
    "Kafka SEND to each, in sends one",
    "Kafka SEND to fails, in sends a batch",
    "Kafka SEND to none, in sends to no topic",
    "aborts",
    "commits",
    "sends a batch",
    "sends one",
    "sends to no topic",
  ],
  // Nor does it; eachBatch is a segment of the transaction in which run was called, and that has ended.
  "New Relic": [
    "Kafka/Topic/Consume/Named/each, in Kafka/Topic/Produce/Named/each",
    "Kafka/Topic/Consume/Named/eos",
    "Kafka/Topic/Consume/Named/fails",
    "Kafka/Topic/Produce/Named/batch, in sends a batch",
    "Kafka/Topic/Produce/Named/each, in sends one",
    "Kafka/Topic/Produce/Named/none, in sends to no topic",
    "aborts",
    "commits",
    "kafkajs.Kafka.consumer#run, in runs",
    "kafkajs.Kafka.consumer#run, in runs",
    "kafkajs.Kafka.consumer#run, in runs",
    "kafkajs.Kafka.consumer#run, in runs",
    "runs",
    "runs",
    "runs",
    "runs",
    "sends a batch",
    "sends one",
    "sends to no topic",
  ],
};

interface Difference {
  readonly agent: string;
  readonly span: string;
  readonly attribute: string;
  readonly reason: string;
}

/** The attributes that may differ between kafkajs and the alias. */
export const MAY_DIFFER: readonly Difference[] = [
  {
    agent: "OpenTelemetry",
    span: "send each",
    attribute: "messaging.kafka.cluster.id",
    reason: "at the first send kafkajs has not read the metadata yet; the alias reads them in connect()",
  },
];

/** The spans without what may differ. */
export function withoutDifferences(agent: string, spans: readonly NormalSpan[]): readonly NormalSpan[] {
  return spans.map((span) => {
    const names = MAY_DIFFER.filter((entry) => entry.agent === agent && entry.span === span.name).map(
      ({ attribute }) => attribute,
    );
    const attributes = Object.fromEntries(Object.entries(span.attributes).filter(([name]) => !names.includes(name)));
    return { ...span, attributes };
  });
}
