import type { RequestAnswered, RequestHookEvent, RequestTimedOut } from "odradek";
import type { Cluster } from "../connecting/cluster.ts";
import { kafkaJsApiName } from "../errors/api-names.ts";
import type { ClientEvents } from "./client-events.ts";
import type { ClientKind, EventKey } from "./event-names.ts";

/** REQUEST, REQUEST_TIMEOUT and REQUEST_QUEUE_SIZE of a client, out of the hooks of its `Kafka`. */
export function networkEvents<K extends ClientKind>(events: ClientEvents<K>, cluster: Cluster): void {
  const source = (key: "REQUEST" | "REQUEST_TIMEOUT" | "REQUEST_QUEUE_SIZE", begin: () => () => void): void =>
    events.source(key, begin);
  const emit = (key: string, payload: () => unknown): void => events.emit(key as EventKey<K>, payload);
  source("REQUEST", () =>
    cluster.observe({ requestAnswered: (event) => emit("REQUEST", () => requestPayload(event)) }),
  );
  source("REQUEST_TIMEOUT", () =>
    cluster.observe({ requestTimedOut: (event) => emit("REQUEST_TIMEOUT", () => timeoutPayload(event)) }),
  );
  source("REQUEST_QUEUE_SIZE", () =>
    cluster.observe({
      requestQueueChanged: ({ broker, client, queueSize }) =>
        emit("REQUEST_QUEUE_SIZE", () => ({ broker, clientId: client.clientId, queueSize })),
    }),
  );
}

function requestPayload(event: RequestAnswered): object {
  const { sentAtMs, createdAtMs, durationMs, responseSizeInBytes } = event;
  return {
    ...facts(event),
    size: responseSizeInBytes,
    createdAt: createdAtMs,
    sentAt: sentAtMs,
    pendingDuration: Math.max(0, Math.round(sentAtMs - createdAtMs)),
    duration: Math.round(durationMs),
    ...api(event),
  };
}

function timeoutPayload(event: RequestTimedOut): object {
  const { createdAtMs, sentAtMs, atMs } = event;
  return {
    ...facts(event),
    createdAt: createdAtMs,
    sentAt: sentAtMs ?? null,
    pendingDuration: Math.max(0, Math.round((sentAtMs ?? atMs) - createdAtMs)),
    ...api(event),
  };
}

function facts({ broker, client, correlationId }: RequestHookEvent): object {
  return { broker, clientId: client.clientId, correlationId };
}

function api({ apiName, apiKey, apiVersion }: RequestHookEvent): object {
  return { apiName: kafkaJsApiName(apiName), apiKey, apiVersion };
}
