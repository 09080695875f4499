import type { Cluster } from "../cluster/cluster.ts";
import { brokerErrorName } from "../errors/broker-error.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import type { HookRequest, HookSites, ObservedClient, ObservedConnection } from "../hooks/hook-sites.ts";

type Fields = Readonly<Record<string, string | number>>;
type Write = (message: string, fields: Fields) => void;

/** The number of error codes that a line names. */
const MOST_ERRORS = 5;

/**
 * Logs each request of the clients of a `Kafka` on one line of level `debug`, when it is answered or has failed. A line
 * has names, numbers and times alone: no part of a request or of its response but error codes.
 */
export function logRequests(cluster: Cluster): void {
  const write: Write = (message, fields) => cluster.log("debug", message, fields);
  const begin = (client: ObservedClient): void => {
    const sites = requestLog(client, write);
    // Without the code of hooks, which a page that only logs does not load.
    if (client.listeners === undefined) client.hooks = client.requestLog = sites;
    else client.listeners.addSites(sites);
  };
  for (const client of cluster.clients) begin(client);
  cluster.observers.add(begin);
}

function requestLog(client: ObservedClient, write: Write): HookSites {
  const since = (request: HookRequest): number => inMs(client.clock.monotonic() - writtenMs(request));
  return {
    requestAnswered: (connection, request, inFlight, responseBytes) => {
      const durationMs = since(request);
      const fields = { ...fieldsOf(client, connection, request), responseBytes, durationMs, inFlight };
      const { response } = request;
      const tell = (response: unknown): void => write(...answered(nameOf(connection, request), fields, response));
      // A large response is decoded in turns.
      if (response instanceof Promise) response.then(tell, () => tell(undefined));
      else tell(response);
    },
    requestFailed: (connection, request, error) => {
      const fields = fieldsOf(client, connection, request);
      const why = oneLine(error);
      if (request.writtenMs < 0) write(`${nameOf(connection, request)} was not sent: ${why}`, fields);
      else {
        const durationMs = since(request);
        write(`${nameOf(connection, request)} failed after ${durationMs} ms: ${why}`, { ...fields, durationMs });
      }
    },
  };
}

/** The line of a request that was answered: its text and its fields. */
export function answered(name: string, fields: Fields, response: unknown): readonly [message: string, fields: Fields] {
  const throttleMs = (response as { readonly throttleTimeMs?: number } | null | undefined)?.throttleTimeMs ?? 0;
  const codes = errorCodes(response);
  const errors = codes.slice(0, MOST_ERRORS).map(brokerErrorName).join(", ");
  const more = codes.length > MOST_ERRORS ? ` and ${codes.length - MOST_ERRORS} more` : "";
  const what = fields["responseBytes"] === 0 ? "was written, and has no answer" : `was answered`;
  return [
    `${name} ${what} after ${fields["durationMs"] ?? 0} ms${errors === "" ? "" : ` with ${errors}${more}`}`,
    {
      ...fields,
      ...(throttleMs > 0 ? { throttleMs } : {}),
      ...(codes.length > 0 ? { errorCodes: codes.join(",") } : {}),
    },
  ];
}

/** The error codes anywhere in a response, each once. */
function errorCodes(response: unknown): readonly number[] {
  const found = new Set<number>();
  const open = [response];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) continue;
    if (Array.isArray(value)) {
      for (const one of value) open.push(one);
      continue;
    }
    for (const [name, field] of Object.entries(value)) {
      if (name === "errorCode" && typeof field === "number" && field !== 0) found.add(field);
      else if (typeof field === "object") open.push(field);
    }
  }
  return [...found].sort((a, b) => a - b);
}

function nameOf({ address }: ObservedConnection, { apiName, apiVersion }: HookRequest): string {
  return `${apiName}${apiVersion < 0 ? "" : ` ${apiVersion}`} to ${address}`;
}

function fieldsOf(client: ObservedClient, { nodeId, purpose }: ObservedConnection, request: HookRequest): Fields {
  const queuedMs = request.createdMs === 0 ? 0 : inMs(writtenMs(request) - request.createdMs);
  return {
    client: client.name.clientId,
    ...(nodeId === undefined ? {} : { node: nodeId }),
    purpose,
    correlationId: request.correlationId,
    requestBytes: request.sizeInBytes,
    queuedMs,
  };
}

/** When a request was written. One that was written before anybody observed it has only the time of its timeout. */
function writtenMs(request: HookRequest): number {
  return request.writtenMs < 0 ? request.sentMs : request.writtenMs;
}

/** A time with one decimal. */
function inMs(ms: number): number {
  return Math.max(0, Math.round(ms * 10) / 10);
}

function oneLine({ message }: KafkaError): string {
  return message.replaceAll(/\s+/g, " ");
}
