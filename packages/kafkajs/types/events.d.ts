import type { TopicOffsets } from "./offsets.js";

/** An event of a client. */
export interface InstrumentationEvent<T> {
  /** At run time it is a number, as in kafkajs. */
  id: string;
  type: string;
  /** Ms since the epoch. */
  timestamp: number;
  payload: T;
}

/** Removes the listener. */
export type RemoveInstrumentationEventListener<T> = () => void;

export type ConnectEvent = InstrumentationEvent<null>;
export type DisconnectEvent = InstrumentationEvent<null>;

interface RequestFacts {
  apiKey: number;
  apiName: string;
  apiVersion: number;
  /** `host:port`. */
  broker: string;
  clientId: string;
  correlationId: number;
  createdAt: number;
  pendingDuration: number;
  sentAt: number;
}

/** A request was answered. Times are in ms. */
export type RequestEvent = InstrumentationEvent<RequestFacts & { duration: number; size: number }>;
/** A request was not answered in time. */
export type RequestTimeoutEvent = InstrumentationEvent<RequestFacts>;
/** A request waits, or waits no more. */
export type RequestQueueSizeEvent = InstrumentationEvent<{ broker: string; clientId: string; queueSize: number }>;

type ValueOf<T> = T[keyof T];

type NetworkEvents<Client extends string> = {
  CONNECT: `${Client}.connect`;
  DISCONNECT: `${Client}.disconnect`;
  REQUEST: `${Client}.network.request`;
  REQUEST_TIMEOUT: `${Client}.network.request_timeout`;
  REQUEST_QUEUE_SIZE: `${Client}.network.request_queue_size`;
};

export type ProducerEvents = NetworkEvents<"producer">;

export type AdminEvents = NetworkEvents<"admin">;

export type ConsumerEvents = NetworkEvents<"consumer"> & {
  HEARTBEAT: "consumer.heartbeat";
  COMMIT_OFFSETS: "consumer.commit_offsets";
  GROUP_JOIN: "consumer.group_join";
  FETCH_START: "consumer.fetch_start";
  FETCH: "consumer.fetch";
  START_BATCH_PROCESS: "consumer.start_batch_process";
  END_BATCH_PROCESS: "consumer.end_batch_process";
  STOP: "consumer.stop";
  CRASH: "consumer.crash";
  REBALANCING: "consumer.rebalancing";
  RECEIVED_UNSUBSCRIBED_TOPICS: "consumer.received_unsubscribed_topics";
};

interface MemberFacts {
  groupId: string;
  memberId: string;
}

export type ConsumerHeartbeatEvent = InstrumentationEvent<MemberFacts & { groupGenerationId: number }>;
export type ConsumerCommitOffsetsEvent = InstrumentationEvent<
  MemberFacts & { groupGenerationId: number; topics: TopicOffsets[] }
>;

/** Partitions by topic. */
export interface IMemberAssignment {
  [key: string]: number[];
}

export type ConsumerGroupJoinEvent = InstrumentationEvent<
  MemberFacts & {
    duration: number;
    isLeader: boolean;
    leaderId: string;
    groupProtocol: string;
    memberAssignment: IMemberAssignment;
  }
>;
/** At run time `nodeId` is text, as in kafkajs. */
export type ConsumerFetchStartEvent = InstrumentationEvent<{ nodeId: number }>;
export type ConsumerFetchEvent = InstrumentationEvent<{ numberOfBatches: number; duration: number; nodeId: number }>;

interface IBatchProcessEvent {
  topic: string;
  partition: number;
  highWatermark: string;
  offsetLag: string;
  offsetLagLow: string;
  /** The number of messages. */
  batchSize: number;
  firstOffset: string;
  lastOffset: string;
}

export type ConsumerStartBatchProcessEvent = InstrumentationEvent<IBatchProcessEvent>;
export type ConsumerEndBatchProcessEvent = InstrumentationEvent<IBatchProcessEvent & { duration: number }>;
export type ConsumerCrashEvent = InstrumentationEvent<{ error: Error; groupId: string; restart: boolean }>;
export type ConsumerRebalancingEvent = InstrumentationEvent<MemberFacts>;
export type ConsumerReceivedUnsubcribedTopicsEvent = InstrumentationEvent<
  MemberFacts & {
    generationId: number;
    assignedTopics: string[];
    topicsSubscribed: string[];
    topicsNotSubscribed: string[];
  }
>;

type NetworkEventsByName<Client extends string> = Record<`${Client}.connect`, ConnectEvent> &
  Record<`${Client}.disconnect`, DisconnectEvent> &
  Record<`${Client}.network.request`, RequestEvent> &
  Record<`${Client}.network.request_timeout`, RequestTimeoutEvent> &
  Record<`${Client}.network.request_queue_size`, RequestQueueSizeEvent>;

interface ConsumerEventsByName extends NetworkEventsByName<"consumer"> {
  "consumer.heartbeat": ConsumerHeartbeatEvent;
  "consumer.commit_offsets": ConsumerCommitOffsetsEvent;
  "consumer.group_join": ConsumerGroupJoinEvent;
  "consumer.fetch_start": ConsumerFetchStartEvent;
  "consumer.fetch": ConsumerFetchEvent;
  "consumer.start_batch_process": ConsumerStartBatchProcessEvent;
  "consumer.end_batch_process": ConsumerEndBatchProcessEvent;
  "consumer.stop": InstrumentationEvent<null>;
  "consumer.crash": ConsumerCrashEvent;
  "consumer.rebalancing": ConsumerRebalancingEvent;
  "consumer.received_unsubscribed_topics": ConsumerReceivedUnsubcribedTopicsEvent;
}

/** The method `on` of a client, by the names of its events. */
interface Listening<EventsByName> {
  /** Adds a listener. Returns a function that removes it. Throws for a name that the client does not have. */
  on<N extends keyof EventsByName>(
    eventName: N,
    listener: (event: EventsByName[N]) => void,
  ): RemoveInstrumentationEventListener<N>;
  on(
    eventName: keyof EventsByName,
    listener: (event: InstrumentationEvent<any>) => void,
  ): RemoveInstrumentationEventListener<typeof eventName>;
}
