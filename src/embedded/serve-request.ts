import { KafkaError } from "../errors/kafka-error.ts";
import { decodeMessage } from "../protocol/decode.ts";
import { encodeMessage } from "../protocol/encode.ts";
import { type RequestFrame, decodeResponse, encodeResponse } from "../protocol/headers.ts";
import type { MessageSchema } from "../protocol/schema.ts";
import type { Cancellation } from "../runtime/cancellation.ts";
import type { LogEntry } from "../runtime/platform.ts";
import { sleep } from "../runtime/sleep.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import type { ClientThrottle } from "./client-throttle.ts";
import type { AnyHandler, ClusterState } from "./handler.ts";
import { ArrivedRequest } from "./intercepts/arrived-request.ts";
import type { Intercepts, Verdict } from "./intercepts/intercepts.ts";
import type { RecordedRequest, RequestRecorder } from "./intercepts/request-log.ts";
import type { AuthenticationObserver } from "./security/authentication-event.ts";
import type { ConnectionSecurity } from "./security/connection-security.ts";
import { handleWithinTime } from "./request-time.ts";
import type { FetchSessions } from "./state/fetch-sessions.ts";

/** The parts of the cluster that a broker uses. */
export interface BrokerHost {
  readonly state: ClusterState;
  readonly handlers: ReadonlyMap<number, AnyHandler>;
  readonly tasks: TaskGroup;
  readonly intercepts: Intercepts;
  readonly recorder: RequestRecorder;
  readonly log: (entry: LogEntry) => void;
  /** Gets the events of connections that authenticate. */
  readonly observeAuthentication: AuthenticationObserver | undefined;
}

/** Where a request came from. */
export interface Entrance {
  readonly nodeId: number;
  /** The client's address as Kafka writes it, with a slash before it. */
  readonly clientHost: string;
  readonly sessions: FetchSessions;
  readonly client: ConnectionSecurity;
  readonly throttle: ClientThrottle;
  /** Fires when the connection ends. */
  readonly gone: Cancellation;
  /** Fires when the broker is stopped. */
  readonly stopped: Cancellation;
}

/** The chunks of a response; undefined for no response; or `disconnect` to close the connection. */
export type Served = readonly Uint8Array[] | undefined | "disconnect";

/** Serves one request whose version is supported. `bytes` is its whole frame. */
export async function serveRequest(
  frame: RequestFrame,
  bytes: Uint8Array,
  found: AnyHandler,
  entrance: Entrance,
  host: BrokerHost,
): Promise<Served> {
  host.state.logCleaning.catchUp();
  const bodyAt = frame.reader.offset;
  const message = decodeMessage(found.api.request, frame.reader, frame.apiVersion);
  if (!host.intercepts.isEmpty || !host.recorder.isEmpty)
    return new WatchedRequest(frame, message, found, entrance, host, bytes.length).serve(() => bytes.slice(bodyAt));
  const response = await handleWithinTime(found, message, {
    nodeId: entrance.nodeId,
    apiVersion: frame.apiVersion,
    clientId: frame.clientId,
    sizeInBytes: bytes.length,
    clientHost: entrance.clientHost,
    cluster: host.state,
    sessions: entrance.sessions,
    client: entrance.client,
    throttle: entrance.throttle,
    access: entrance.client.access,
    signal: entrance.gone,
  });
  return response === undefined || response === "disconnect"
    ? response
    : encodeResponse(found.api, response, frame.apiVersion, frame.correlationId);
}

/** A request that an intercept or a request log looks at. */
class WatchedRequest {
  readonly #frame: RequestFrame;
  readonly #handler: AnyHandler;
  readonly #entrance: Entrance;
  readonly #host: BrokerHost;
  readonly #sizeInBytes: number;
  readonly #arrived: ArrivedRequest;
  #entry: RecordedRequest | undefined;

  constructor(
    frame: RequestFrame,
    message: unknown,
    handler: AnyHandler,
    entrance: Entrance,
    host: BrokerHost,
    sizeInBytes: number,
  ) {
    this.#frame = frame;
    this.#handler = handler;
    this.#entrance = entrance;
    this.#host = host;
    this.#sizeInBytes = sizeInBytes;
    const { topics } = host.state;
    const names = {
      all: () => [...topics.all].map(({ name }) => name),
      nameOf: (topicId: string) => topics.byId(topicId)?.name,
      inSession: (id: number) => entrance.sessions.partitionsOf(id),
    };
    const { apiKey, apiVersion, correlationId, clientId } = frame;
    this.#arrived = new ArrivedRequest(
      {
        nodeId: entrance.nodeId,
        apiKey,
        apiName: handler.api.name,
        apiVersion,
        correlationId,
        clientId,
        signal: entrance.gone,
      },
      message,
      names,
    );
  }

  /** `body` returns the bytes of the message again, on separate memory. */
  async serve(body: () => Uint8Array): Promise<Served> {
    const { state, intercepts, recorder } = this.#host;
    const { gone } = this.#entrance;
    const { request } = this.#handler.api;
    const { apiVersion } = this.#frame;
    this.#entry = recorder.begin(
      this.#arrived,
      () => decodeMessage(request, new ByteReader(body()), apiVersion),
      state.clock.now(),
    );
    try {
      const verdict = await intercepts.run(this.#arrived, {
        wait: (ms) => sleep(state, ms, gone),
        whole: (message) => wholeMessage(request, message, apiVersion),
      });
      return await this.#carryOut(verdict);
    } catch (error) {
      this.#end(gone.aborted ? "client-gone" : "refused");
      throw error;
    }
  }

  async #carryOut(verdict: Verdict): Promise<Served> {
    const { end } = verdict;
    const { gone } = this.#entrance;
    switch (end?.kind) {
      case "disconnect":
        this.#end("disconnect");
        return "disconnect";
      case "hang":
        this.#end("hang");
        await untilCancelled(gone);
        return "disconnect"; // what the client sent behind it waited for it, and was never read
      case "apply-later":
        this.#end("apply-later");
        this.#host.tasks.spawn(() => this.#applyLater(verdict, end.afterMs));
        return "disconnect";
      case undefined:
      case "answer":
      case "disconnect-after": {
        const chunks = await this.#respond(verdict, gone);
        if (chunks === "disconnect") this.#end("refused");
        else if (end?.kind === "disconnect-after") this.#end("disconnect-after");
        else this.#end(gone.aborted ? "client-gone" : chunks === undefined ? "no-answer" : "answered");
        return end?.kind === "disconnect-after" ? "disconnect" : chunks;
      }
    }
  }

  /** Serves the request, or returns the response that was given for it. */
  async #respond({ message, respond, end }: Verdict, signal: Cancellation): Promise<Served> {
    const { api } = this.#handler;
    const { nodeId, clientHost, sessions, client, throttle } = this.#entrance;
    const { apiVersion, clientId, correlationId } = this.#frame;
    let response =
      end?.kind === "answer"
        ? end.answer
        : await handleWithinTime(this.#handler, message, {
            nodeId,
            apiVersion,
            clientId,
            sizeInBytes: this.#sizeInBytes,
            clientHost,
            cluster: this.#host.state,
            sessions,
            client,
            throttle,
            access: client.access,
            signal,
          });
    if (response === undefined || response === "disconnect") return response;
    for (const change of respond)
      response = changed(change, wholeMessage(api.response, response, apiVersion), api.name);
    const chunks = encodeResponse(api, response, apiVersion, correlationId);
    if (this.#entry !== undefined)
      this.#entry.response = decodeResponse(api, joined(chunks).subarray(4), apiVersion).message;
    return chunks;
  }

  /** Applies the request after the delay and ignores the result. If the broker is stopped first, it is not applied. */
  async #applyLater(verdict: Verdict, afterMs: number): Promise<void> {
    const { stopped } = this.#entrance;
    try {
      await sleep(this.#host.state, afterMs, stopped);
    } catch {
      return;
    }
    try {
      await this.#respond(verdict, stopped);
    } catch (error) {
      this.#host.log({
        level: "error",
        message: "a request that an intercept applied after a delay has failed",
        fields: { nodeId: this.#entrance.nodeId, api: this.#handler.api.name, reason: KafkaError.from(error).message },
      });
    }
  }

  #end(outcome: RecordedRequest["outcome"]): void {
    this.#entry?.end(outcome, this.#host.state.clock.now());
  }
}

/**
 * A message as the other side would read it: missing fields have their defaults. Throws if this version cannot encode
 * it.
 */
function wholeMessage<T>(schema: MessageSchema<T>, message: unknown, version: number): T {
  const writer = new ByteWriter();
  encodeMessage(schema, message as never, version, writer);
  return decodeMessage(schema, new ByteReader(writer.finishFlat()), version);
}

function changed(change: (response: never) => unknown, response: unknown, apiName: string): unknown {
  try {
    return change(response as never);
  } catch (error) {
    throw new KafkaError("internal", `an intercept of ${apiName} failed: ${KafkaError.from(error).message}`, {
      cause: error,
    });
  }
}

function untilCancelled(signal: Cancellation): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
