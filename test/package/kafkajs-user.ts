/** Code of a user of kafkajs, for its types. */
export const KAFKAJS_USER = `
import * as all from "kafkajs";
import {
  AssignerProtocol, CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, KafkaJSError,
  KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError, logLevel, PartitionAssigners,
  Partitioners,
} from "kafkajs";
import type {
  Admin, Assigner, Cluster, Consumer, ConsumerRunConfig, EachBatchPayload, EachMessagePayload, IHeaders,
  InstrumentationEvent, KafkaConfig, KafkaMessage, logCreator, Message, PartitionAssigner, Producer, ProducerRecord,
  RecordMetadata, Transaction,
} from "kafkajs";
import type { ConsumerConfig, SASLOptions } from "kafkajs/types";

const creator: logCreator = (level) => ({ namespace, label, log: { message, timestamp, ...extra } }) => {
  if (level === logLevel.DEBUG) console.log(namespace.length, label, timestamp, message, extra);
};
const sasl: SASLOptions = { mechanism: "scram-sha-512", username: "u", password: "p" };
const config: KafkaConfig = {
  clientId: "app", brokers: async () => ["localhost:9092"], ssl: { rejectUnauthorized: false, ca: ["pem"] }, sasl,
  retry: { retries: 8, initialRetryTime: 100, restartOnFailure: async () => false }, logLevel: logLevel.WARN,
  logCreator: creator, socketFactory: ({ host, port, ssl, onConnect }) =>
    (ssl ? require("tls") : require("net")).connect({ host, port, ...ssl }, onConnect),
};
const own: KafkaConfig = {
  brokers: [], sasl: {
    mechanism: "MINE", authenticationProvider: ({ host, port, logger, saslAuthenticate }) => ({
      authenticate: async () => {
        logger.info(host + port);
        const said: number | void = await saslAuthenticate({
          request: { encode: () => Buffer.alloc(4) }, response: { decode: (raw) => raw, parse: (data) => data.length },
        });
        console.log(said);
      },
    }),
  },
};
const assigner: PartitionAssigner = ({ cluster, groupId, logger }) => ({
  name: groupId, version: 1,
  async assign({ members, topics }) {
    logger.debug(topics.join());
    const partitions = topics.flatMap((topic) => cluster.findTopicPartitionMetadata(topic).map((p) => p.partitionId));
    return members.map(({ memberId }) => ({
      memberId, memberAssignment: AssignerProtocol.MemberAssignment.encode({
        version: 1, assignment: { t: partitions }, userData: Buffer.alloc(0) }),
    }));
  },
  protocol({ topics }) {
    return { name: this.name, metadata: AssignerProtocol.MemberMetadata.encode({
      version: this.version, topics, userData: Buffer.from("u") }) };
  },
});
const consumerConfig: ConsumerConfig = { groupId: "g", partitionAssigners: [assigner, PartitionAssigners.roundRobin] };

export async function produce(kafka: Kafka): Promise<RecordMetadata[]> {
  const producer: Producer = kafka.producer({ createPartitioner: Partitioners.LegacyPartitioner, idempotent: true });
  const remove = producer.on(producer.events.REQUEST, ({ payload: { apiName, duration } }) => console.log(apiName, duration));
  producer.on("producer.connect", (event: InstrumentationEvent<null>) => console.log(event.id.length));
  remove();
  await producer.connect();
  const headers: IHeaders = { a: "text", b: Buffer.from("b"), c: ["1", Buffer.from("2")], d: undefined };
  const message: Message = { key: "k", value: Buffer.from("v"), headers, partition: 0, timestamp: Date.now().toString() };
  const record: ProducerRecord = { topic: "t", messages: [message, { value: null }], acks: -1, compression: CompressionTypes.GZIP };
  const transaction: Transaction = await producer.transaction();
  await transaction.send(record);
  await transaction.sendOffsets({ consumerGroupId: "g", topics: [{ topic: "t", partitions: [{ partition: 0, offset: "1" }] }] });
  await (transaction.isActive() ? transaction.commit() : transaction.abort());
  return producer.sendBatch({ topicMessages: [record] });
}

export async function consume(kafka: Kafka): Promise<void> {
  const consumer: Consumer = kafka.consumer(consumerConfig);
  consumer.on(consumer.events.CRASH, async ({ payload: { error, restart } }) => console.log(error.message, restart));
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => console.log(memberAssignment["t"]));
  consumer.on(consumer.events.STOP, (event) => console.log(event.payload === null));
  for (const name of Object.values(consumer.events)) consumer.on(name, (event: InstrumentationEvent<any>) => console.log(event.payload));
  await consumer.subscribe({ topics: [/^a/, "t"], fromBeginning: true });
  await consumer.subscribe({ topic: "t" });
  const options: ConsumerRunConfig = {
    partitionsConsumedConcurrently: 3,
    eachMessage: async ({ topic, partition, message, heartbeat, pause }: EachMessagePayload) => {
      const { key, value, headers, offset, timestamp }: KafkaMessage = message;
      console.log(topic, partition, key?.toString(), value?.toString(), headers?.["a"], BigInt(offset), Number(timestamp));
      await heartbeat();
      pause()();
    },
    eachBatch: async ({ batch, resolveOffset, isRunning, isStale, uncommittedOffsets, commitOffsetsIfNecessary }: EachBatchPayload) => {
      for (const { offset } of batch.messages) if (isRunning() && !isStale()) resolveOffset(offset);
      await commitOffsetsIfNecessary(uncommittedOffsets());
      console.log(batch.firstOffset()?.length, batch.offsetLag());
    },
  };
  await consumer.run(options);
  consumer.seek({ topic: "t", partition: 0, offset: "5" });
  consumer.pause([{ topic: "t" }]);
  await consumer.commitOffsets([{ topic: "t", partition: 0, offset: "6", metadata: "m" }]);
}

export async function administer(admin: Admin): Promise<void> {
  await admin.createTopics({ topics: [{ topic: "t", numPartitions: 3, configEntries: [{ name: "n", value: "v" }] }] });
  const [first] = await admin.fetchTopicOffsets("t");
  const { partition, high, low } = first ?? { partition: 0, high: "0", low: "0" };
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: "t" }] });
  const { groups: [group] } = await admin.describeGroups(["g"]);
  console.log(partition, high, low, resources[0]?.configEntries[0]?.configValue, group?.members[0]?.memberMetadata.length);
}

export function handle(error: unknown): string {
  if (error instanceof KafkaJSNumberOfRetriesExceeded) return String(error.retryCount) + (error.cause?.message ?? "");
  if (error instanceof KafkaJSProtocolError) return error.type + error.code;
  if (error instanceof KafkaJSNonRetriableError) return error.name;
  return error instanceof KafkaJSError && error.retriable ? "again" : "";
}

CompressionCodecs[CompressionTypes.Snappy] = () => ({ compress: async () => Buffer.alloc(0) });
export const kafka: all.Kafka = new Kafka(config);
export const another = new all.Kafka(own);
export class Wrapped { constructor(private readonly cluster: Cluster, readonly assigner: Assigner) { void this.cluster; } }
`;
