/**
 * A program that names the types of the package as its users do: it implements the interfaces that are theirs to
 * implement, and writes functions around calls. Each `@ts-expect-error` is something that a user cannot do, and would
 * try if an editor showed it.
 */
export const USER_TYPES = `
import {
  Admin, Consumer, KafkaRecord, Producer, type Assignor, type AssignorContext, type AssignorInput, type AssignorMember, type ConsumedBatch, type FailedRecord, type GroupAssignment,
  type Kafka, type KafkaOptions, type LoopOptions, type OutgoingRecord, type PartitionStream, type Poison, type ProducerInterceptor, type RawRecord, type RunBatchOptions, type RunContext,
  type RunOptions, type RunRecordOptions, type Serde, type SerdeContext, type SerdeTopic, type SerializedPart, type Statistics, type StatisticsOptions, type TopicPartition, type Transaction,
} from "odradek";
import { EmbeddedCluster as Cluster, type FaultPlan, type HistoryEvent, type HistoryEventBase, type LinkConditions, type Random, type Scheduler, type SimulatedNetwork, type SimulatedNode, type Violation, type World, simulate } from "odradek/core";
import { EmbeddedCluster, type ApiIntercept, type EmbeddedClusterOptions, type GroupConfigs, type GroupMemberSnapshot, type Interception, type TopicPartition as SnapshotPartition } from "odradek/embedded";
import { codec, decodeVersioned, schemas, type FetchRequest, type FetchResponse, type MessageCodec, type MessageInput, type MessageSchema, type MetadataResponse } from "odradek/protocol";
import type { Batch, BytesView, Crc32c, ReadOptions, RecordOrigin } from "odradek/records";
import {
  KafkaError, type AsyncRuntime, type ByteSink, type ByteStream, type CallContext, type Clock, type Codec, type Codecs, type Connector, type ConnectTarget, type Crypto, type Delay, type Drain, type Entropy,
  type HashName, type ListenAddress, type Listener, type ListeningSocket, type LogEntry, type Platform, type StrictDrain, type Task, type TlsOptions, type Utf8, type WebAssemblyHost,
} from "odradek/runtime";

class MyDelay implements Delay { then(onElapsed: (value: void) => void): unknown { return onElapsed(); } unref(): void {} [Symbol.dispose](): void {} }
class MyRuntime implements AsyncRuntime<MyDelay> { readonly clock: Clock = new MyClock(); spawn(task: Task): void { void task(); } delayFor(_ms: number): MyDelay { return new MyDelay(); } }
class MyClock implements Clock { now(): number { return 0; } monotonic(): number { return 0; } }
class MyEntropy implements Entropy { fill(bytes: Uint8Array): void { bytes.fill(4); } }
class MyStream implements ByteStream { readonly remote = "a:1"; write(_chunks: readonly Uint8Array[]): Promise<void> { return Promise.resolve(); } resume(): void {} close(): void {} }
class MyConnector implements Connector {
  connect(target: ConnectTarget, sink: ByteSink): Promise<ByteStream> {
    const tls: TlsOptions | undefined = target.tls;
    if (tls !== undefined) return Promise.reject(new KafkaError("unsupported", "no TLS here", { retriable: false }));
    sink.filled(sink.buffer());
    return Promise.resolve(new MyStream());
  }
}
class MySocket implements ListeningSocket { readonly host = "a"; readonly port = 1; close(): Promise<void> { return Promise.resolve(); } }
class MyListener implements Listener { listen(_address: ListenAddress, accept: (stream: ByteStream) => ByteSink): Promise<ListeningSocket> { accept(new MyStream()); return Promise.resolve(new MySocket()); } }
class MyCodec implements Codec { compress(bytes: Uint8Array): Uint8Array { return bytes; } decompress(bytes: Uint8Array, _maxBytes: number): Uint8Array { return bytes; } }
class MyCrypto implements Crypto {
  digest(_hash: HashName, data: Uint8Array): PromiseLike<Uint8Array> { return Promise.resolve(data); }
  hmac(_hash: HashName, _key: Uint8Array, data: Uint8Array): PromiseLike<Uint8Array> { return Promise.resolve(data); }
  pbkdf2(_hash: HashName, password: Uint8Array): PromiseLike<Uint8Array> { return Promise.resolve(password); }
}
class MyUtf8 implements Utf8 { encode(_text: string): Uint8Array { return new Uint8Array(0); } decode(_bytes: Uint8Array): string { return ""; } }
class MyContext implements CallContext { run<T>(_value: object, body: () => T): T { return body(); } get(): object | undefined { return undefined; } }
const strict: StrictDrain = { enter: (loop) => loop(), drainNow: () => undefined };
const drain: Drain = Object.assign(() => Promise.resolve(), { strict });
const codecs: Codecs = { gzip: new MyCodec() };
export const webAssembly = (host: WebAssemblyHost): object => new host.Module(new Uint8Array(8));
class MyPlatform implements Platform<MyRuntime> {
  readonly runtime = new MyRuntime(); readonly clock = new MyClock(); readonly entropy = new MyEntropy(); readonly connector = new MyConnector(); readonly listener = new MyListener();
  readonly codecs = codecs; readonly crypto = new MyCrypto(); readonly utf8 = new MyUtf8(); readonly drain = drain; readonly callContext = new MyContext();
  log({ level, message, fields }: LogEntry): void { void [level, message, fields]; }
}

class Standby implements Assignor {
  readonly name = "standby"; readonly rebalanceProtocol = "eager";
  assign({ members, partitions }: AssignorInput, context?: AssignorContext): GroupAssignment {
    void context?.giveTurn();
    const all: readonly TopicPartition[] = [...partitions].flatMap(([topic, list]) => list.map((_, partition) => ({ topic, partition })));
    return new Map(members.map((member: AssignorMember, i) => [member.memberId, i === 0 ? all : []]));
  }
}
class Text implements Serde<string> {
  serialize(value: string, { utf8 }: SerdeContext): Uint8Array { return utf8.encode(value); }
  deserialize(bytes: Uint8Array, { utf8 }: SerdeContext): string { return utf8.decode(bytes); }
  prepareRead(parts: Iterable<SerializedPart>, { topic }: SerdeTopic): undefined { void [[...parts].length, topic]; return undefined; }
}
class Stamp implements ProducerInterceptor<string, string> { onSend(record: OutgoingRecord<string, string>): void { record.key = "stamped"; } }

export const platform: Platform<MyRuntime> = new MyPlatform();
export const options = (runtime: MyRuntime): KafkaOptions<MyRuntime> => ({ bootstrapServers: "localhost:9092", platform, runtime });
export const tell = (statistics: (values: Statistics) => void): StatisticsOptions => ({ onStatistics: statistics });
export const producer = (kafka: Kafka): Producer<string, string> => kafka.producer({ key: new Text(), value: new Text(), interceptors: [new Stamp()] });
export const consumer = (kafka: Kafka): Consumer<string, string> => kafka.consumer({ groupId: "g", topics: ["t"], key: new Text(), value: new Text(), partitionAssignmentStrategy: [new Standby()] });
export const admin = (kafka: Kafka): Admin => kafka.admin();
export const isOurs = (value: unknown): boolean => value instanceof Producer || value instanceof KafkaRecord;
export const each = (eachRecord: (record: KafkaRecord<string | null, string | null>, context: RunContext) => void): RunRecordOptions<string | null, string | null> => ({ eachRecord });
export const batch = (eachBatch: (batch: ConsumedBatch<string | null, string | null>) => void): RunBatchOptions<string | null, string | null> => ({ eachBatch });
export const run = (from: Consumer<string, string>, how: RunOptions<string | null, string | null>): Promise<void> => from.run(how);
export const split = (from: Consumer, how: LoopOptions): PartitionStream => from.partition("t", 0, how);
export const transact = (to: Producer<string, string>, body: (tx: Transaction<string, string>) => Promise<void>): Promise<void> => to.transaction(body);
export const raw = (failed: FailedRecord | Poison): RawRecord["key"] => failed.key;

export const start = (groups: Partial<GroupConfigs>, rest: EmbeddedClusterOptions = {}): Promise<EmbeddedCluster> => EmbeddedCluster.start({ ...rest, groups });
export const startAnywhere = (): Promise<Cluster> => Cluster.start({ platform });
export const same = (cluster: Cluster): EmbeddedCluster => cluster;
export const members = (cluster: EmbeddedCluster): readonly GroupMemberSnapshot[] => cluster.snapshot().groups.flatMap((group) => group.members);
export const open = (cluster: EmbeddedCluster): readonly SnapshotPartition[] => cluster.snapshot().transactions.flatMap(({ partitions }) => partitions);
export const slow: ApiIntercept<"Fetch"> = ({ message, signal }): Interception<"Fetch"> => (signal.aborted || message.topics.length === 0 ? undefined : { delayMs: 5 });
export const answer = (brokers: MessageInput<MetadataResponse>): Interception<"Metadata"> => ({ answer: brokers });

export const fetchCodec: MessageCodec<FetchRequest> = codec("FetchRequest");
export const sizes = (response: FetchResponse): readonly number[] => response.responses.flatMap(({ partitions }) => partitions.map(({ records }) => records?.length ?? 0));
export const subscription = (bytes: Uint8Array): readonly string[] => decodeVersioned(schemas.ConsumerProtocolSubscription, bytes).message.topics;
export const named = <T>(schema: MessageSchema<T>): string => schema.name;
export const reading = (crc32c: Crc32c, bytesView: BytesView): ReadOptions => ({ crc32c, bytesView });
export const origin = (from: Batch): RecordOrigin => from;

export interface Noted extends HistoryEventBase { readonly text: string }
export const world = (faults: FaultPlan, link: Partial<LinkConditions>): Promise<readonly Violation[]> => simulate({ seed: 1, faults, link, drain }, (inside: World) => inside.sleep(1)).then(({ violations }) => violations);
export const parts = (inside: World): readonly [Scheduler, SimulatedNetwork, SimulatedNode, Random, readonly HistoryEvent[]] => [inside.scheduler, inside.network, inside.node("a"), inside.random("a"), inside.history];

// @ts-expect-error: a Kafka makes it
new Producer();
// @ts-expect-error: a Kafka makes it
new Consumer({ topics: ["t"] });
// @ts-expect-error: a Kafka makes it
new Admin();
// @ts-expect-error: records come from a consumer
new KafkaRecord({ topic: "t", partition: 0, timestampType: "CreateTime" }, new Uint8Array(0), 0, 0, 0, 0, 0, 0, 0);
// @ts-expect-error: what consumeTransformProduce reads with is not for users
export const reader = (from: Consumer): unknown => from.transactionalReader();
`;
