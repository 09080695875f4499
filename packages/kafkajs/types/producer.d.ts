import type { Listening, NetworkEventsByName, ProducerEvents } from "./events.js";
import type { Logger } from "./logging.js";
import type { ProducerBatch, ProducerRecord, RecordMetadata } from "./messages.js";
import type { Offsets } from "./offsets.js";

type Sender = {
  /** Sends messages to one topic. */
  send(record: ProducerRecord): Promise<RecordMetadata[]>;
  /** Sends messages to several topics. */
  sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]>;
};

/** Sends messages. */
export type Producer = Sender &
  Listening<NetworkEventsByName<"producer">> & {
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    isIdempotent(): boolean;
    readonly events: ProducerEvents;
    /** Begins a transaction. */
    transaction(): Promise<Transaction>;
    logger(): Logger;
  };

/** Messages and offsets that are committed together. */
export type Transaction = Sender & {
  sendOffsets(offsets: Offsets & { consumerGroupId: string }): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
  /** True until `commit` or `abort` is called. */
  isActive(): boolean;
};
