import type * as net from "net";
import type * as tls from "tls";
import type { Authentication } from "./sasl.js";
import type { PartitionAssigner } from "./assigners.js";
import type { logLevel } from "./constants.js";
import type { logCreator } from "./logging.js";
import type { ICustomPartitioner } from "./partitioners.js";

/** Gives the addresses of brokers each time a client connects. */
export type BrokersFunction = () => string[] | Promise<string[]>;

/** The options of `new Kafka`. Times are in ms. */
export interface KafkaConfig {
  /** `host:port`. */
  brokers: string[] | BrokersFunction;
  /** TLS: `true`, or Node's options. Default: none. */
  ssl?: tls.ConnectionOptions | boolean;
  /** How to log in. Default: no login. */
  sasl?: Authentication;
  /** The name of the clients in the brokers' logs and quotas. Default `"kafkajs"`. */
  clientId?: string;
  /** The limit for opening a connection. Default 1000. */
  connectionTimeout?: number;
  /** Default 10000. */
  authenticationTimeout?: number;
  /** How long before the end of a session the client logs in again (KIP-368). Default 10000. */
  reauthenticationThreshold?: number;
  /** The limit for the answer to one request. Default 30000. */
  requestTimeout?: number;
  /** Whether `requestTimeout` counts. Default true. */
  enforceRequestTimeout?: boolean;
  retry?: RetryOptions;
  /** Opens the connections. Default: Node's `net` and `tls`. */
  socketFactory?: ISocketFactory;
  /** Default `logLevel.INFO`. The variable `KAFKAJS_LOG_LEVEL` wins. */
  logLevel?: logLevel;
  /** Default: lines of JSON on the console. */
  logCreator?: logCreator;
}

/** The argument of {@link ISocketFactory}. */
export interface ISocketFactoryArgs {
  host: string;
  port: number;
  ssl: tls.ConnectionOptions;
  /** To be called when the socket is ready. */
  onConnect: () => void;
}

/** Opens a connection. */
export type ISocketFactory = (args: ISocketFactoryArgs) => net.Socket;

/** How failed calls are repeated. Times are in ms. */
export interface RetryOptions {
  /** The longest wait between two tries. Default 30000. */
  maxRetryTime?: number;
  /** The wait after the first failure. Default 300. */
  initialRetryTime?: number;
  /** The jitter, as a part of the wait. Default 0.2. */
  factor?: number;
  /** From one wait to the next. Default 2. */
  multiplier?: number;
  /** The number of tries after the first. Default 5. */
  retries?: number;
  /** Consumers only: whether one that crashed starts again. Default: yes. */
  restartOnFailure?: (e: Error) => Promise<boolean>;
}

/** The options of `kafka.producer`. Times are in ms. */
export interface ProducerConfig {
  /** Default `Partitioners.DefaultPartitioner`. */
  createPartitioner?: ICustomPartitioner;
  retry?: RetryOptions;
  /** Default 300000. */
  metadataMaxAge?: number;
  /** Whether the broker may create a topic that is sent to. Default true. */
  allowAutoTopicCreation?: boolean;
  /** Default false. */
  idempotent?: boolean;
  /** Default: none, and no transactions. */
  transactionalId?: string;
  /** Default 60000. */
  transactionTimeout?: number;
  /** The number of requests under way on a connection. Default: no limit. */
  maxInFlightRequests?: number;
}

/** The options of `kafka.consumer`. Times are in ms. */
export interface ConsumerConfig {
  groupId: string;
  /** Default `[PartitionAssigners.roundRobin]`. */
  partitionAssigners?: PartitionAssigner[];
  /** Default 300000. */
  metadataMaxAge?: number;
  /** Default 30000. */
  sessionTimeout?: number;
  /** Default 60000. */
  rebalanceTimeout?: number;
  /** Default 3000. */
  heartbeatInterval?: number;
  /** Default 1048576. */
  maxBytesPerPartition?: number;
  /** Default 1. */
  minBytes?: number;
  /** Default 10485760. */
  maxBytes?: number;
  /** Default 5000. */
  maxWaitTimeInMs?: number;
  retry?: RetryOptions & { restartOnFailure?: (err: Error) => Promise<boolean> };
  /** Default true. */
  allowAutoTopicCreation?: boolean;
  /** Default: no limit. */
  maxInFlightRequests?: number;
  /** Whether records of open and aborted transactions are delivered. Default false. */
  readUncommitted?: boolean;
  /** The rack of the consumer, to read from a near replica (KIP-392). Default: none. */
  rackId?: string;
}

/** The options of `kafka.admin`. */
export interface AdminConfig {
  retry?: RetryOptions;
}
