import type { Cancellation } from "../../runtime/cancellation.ts";
import { type AskedPartition, type TopicNames, askedPartitions } from "./asked-partitions.ts";

/** The facts that a broker knows about a request when it arrives. */
export interface Arrival {
  readonly nodeId: number;
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly signal: Cancellation;
}

/** A request as intercepts get it. Its topics and partitions are computed when they are first read. */
export class ArrivedRequest implements Arrival {
  readonly nodeId: number;
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly signal: Cancellation;
  readonly message: unknown;
  readonly #names: TopicNames;
  #partitions: readonly AskedPartition[] | undefined;

  constructor(arrival: Arrival, message: unknown, names: TopicNames) {
    this.nodeId = arrival.nodeId;
    this.apiKey = arrival.apiKey;
    this.apiName = arrival.apiName;
    this.apiVersion = arrival.apiVersion;
    this.correlationId = arrival.correlationId;
    this.clientId = arrival.clientId;
    this.signal = arrival.signal;
    this.message = message;
    this.#names = names;
  }

  get topics(): readonly string[] {
    return [...new Set(this.partitions.map(({ topic }) => topic))].filter((topic) => topic !== "");
  }

  get partitions(): readonly AskedPartition[] {
    return (this.#partitions ??= askedPartitions(this.apiName, this.message, this.#names));
  }

  /** The same request with another message. */
  rewritten(message: unknown): ArrivedRequest {
    return new ArrivedRequest(this, message, this.#names);
  }
}
