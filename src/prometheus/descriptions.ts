/** The meaning of a metric, and the unit that its values have in the client. */
export interface Description {
  readonly help: string;
  /** Times in ms are shown in seconds, as Prometheus recommends. */
  readonly unit?: "ms" | "seconds";
}

const traffic: Readonly<Record<string, Description>> = {
  request: { help: "Requests that were sent." },
  response: { help: "Responses that were received." },
  "outgoing-byte": { help: "Bytes that were sent." },
  "incoming-byte": { help: "Bytes that were received." },
  "request-latency": { help: "Time from a request to its response.", unit: "ms" },
  "request-latency-max": { help: "Longest time from a request to its response.", unit: "ms" },
};

const connections: Readonly<Record<string, Description>> = {
  "connection-count": { help: "Open connections." },
  "connection-creation": { help: "Connections that were opened." },
  "connection-close": { help: "Connections that were closed." },
  "requests-in-flight": { help: "Requests that wait for their response." },
  "metadata-age": { help: "Age of the metadata.", unit: "seconds" },
};

const sending: Readonly<Record<string, Description>> = {
  "record-send": { help: "Records that were sent." },
  "record-error": { help: "Records that failed." },
  "record-retry": { help: "Records that were sent again." },
  byte: { help: "Bytes of batches that were sent, compressed." },
  "compression-rate": { help: "Bytes of batches, compressed (sum) and uncompressed (count)." },
  "batch-size": { help: "Bytes of a batch, compressed." },
  "records-per-request": { help: "Records in a request." },
  "record-queue-time": { help: "Time that batches waited before they were sent.", unit: "ms" },
  "record-queue-time-max": { help: "Longest time that a batch waited before it was sent.", unit: "ms" },
  "batch-split": { help: "Batches that were divided, because a broker found them too large." },
  "buffer-total-bytes": { help: "Bytes of memory for records that wait." },
  "buffer-available-bytes": { help: "Bytes of that memory that are free." },
  "waiting-threads": { help: "Calls of send that wait for memory." },
  "buffer-waiting-bytes": { help: "Bytes of the records of these calls." },
};

const fetching: Readonly<Record<string, Description>> = {
  "records-consumed": { help: "Records that were read." },
  "bytes-consumed": { help: "Bytes that were fetched." },
  fetch: { help: "Fetches that were answered." },
  "fetch-latency": { help: "Time from a fetch to its response. Brokers wait for records.", unit: "ms" },
  "fetch-latency-max": { help: "Longest time from a fetch to its response.", unit: "ms" },
  "fetch-size": { help: "Bytes of records in a response." },
  "records-per-request": { help: "Records in a response." },
  "records-lag": { help: "Records between the position and the end of the partition." },
  "records-lag-max": { help: "Largest lag of a partition." },
};

const group: Readonly<Record<string, Description>> = {
  "assigned-partitions": { help: "Partitions that this member has." },
  join: { help: "Times that the member has joined." },
  "join-time": { help: "Time to join.", unit: "ms" },
  "join-time-max": { help: "Longest time to join.", unit: "ms" },
  sync: { help: "Times that the member has got an assignment." },
  "sync-time": { help: "Time to get the assignment.", unit: "ms" },
  "sync-time-max": { help: "Longest time to get the assignment.", unit: "ms" },
  heartbeat: { help: "Heartbeats that were answered." },
  "heartbeat-response-time-max": { help: "Longest time from a heartbeat to its answer.", unit: "ms" },
  "last-heartbeat-seconds-ago": { help: "Seconds since the last heartbeat." },
  commit: { help: "Commits of offsets." },
  "commit-latency": { help: "Time of a commit.", unit: "ms" },
  "commit-latency-max": { help: "Longest time of a commit.", unit: "ms" },
  "rebalance-total": { help: "Rebalances that this member took part in." },
  "rebalance-latency": { help: "Time of a rebalance.", unit: "ms" },
  "rebalance-latency-max": { help: "Longest time of a rebalance.", unit: "ms" },
  "last-rebalance-seconds-ago": { help: "Seconds since the last rebalance." },
};

/** The metrics by the name in the client, which is Java's without `-total` or `-avg`. */
const DESCRIPTIONS: Readonly<Record<"producer" | "consumer", Readonly<Record<string, Description>>>> = {
  producer: { ...traffic, ...connections, ...sending },
  consumer: { ...traffic, ...connections, ...fetching, ...group },
};

/** The meaning of a metric of a kind of client; undefined for one that is not listed. */
export function descriptionOf(kind: string, name: string): Description | undefined {
  const table = kind === "producer" || kind === "consumer" ? DESCRIPTIONS[kind] : {};
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
