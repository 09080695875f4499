type Named<P extends string, K extends string> = { readonly [Key in K]: `${P}.${string}` };

const NETWORK = {
  REQUEST: "network.request",
  REQUEST_TIMEOUT: "network.request_timeout",
  REQUEST_QUEUE_SIZE: "network.request_queue_size",
} as const;

const CONSUMER = {
  HEARTBEAT: "heartbeat",
  COMMIT_OFFSETS: "commit_offsets",
  GROUP_JOIN: "group_join",
  FETCH: "fetch",
  FETCH_START: "fetch_start",
  START_BATCH_PROCESS: "start_batch_process",
  END_BATCH_PROCESS: "end_batch_process",
  CONNECT: "connect",
  DISCONNECT: "disconnect",
  STOP: "stop",
  CRASH: "crash",
  REBALANCING: "rebalancing",
  RECEIVED_UNSUBSCRIBED_TOPICS: "received_unsubscribed_topics",
  ...NETWORK,
} as const;

const CONNECTED = { CONNECT: "connect", DISCONNECT: "disconnect", ...NETWORK } as const;

/** The kinds of clients. */
export type ClientKind = "producer" | "consumer" | "admin";

/** The keys of the events of every client. */
export type NetworkEventKey = keyof typeof CONNECTED;

/** The keys of a consumer's events. */
export type ConsumerEventKey = keyof typeof CONSUMER;

/** The keys of the events of a kind of client. */
export type EventKey<K extends ClientKind = ClientKind> = K extends "consumer" ? ConsumerEventKey : NetworkEventKey;

/** The member `events` of a client: the names by their keys, in kafkajs's order. Each client has its own copy. */
export function eventNames<K extends ClientKind>(kind: K): Record<EventKey<K>, string> {
  const keys: Readonly<Record<string, string>> = kind === "consumer" ? CONSUMER : CONNECTED;
  const entries = Object.entries(keys).map(([key, name]) => [key, `${kind}.${name}`]);
  return Object.fromEntries(entries) as Named<K, EventKey<K>>;
}
