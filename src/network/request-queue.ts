import { KafkaError } from "../errors/kafka-error.ts";
import { wantsRequests } from "../hooks/hook-sites.ts";
import { peekCorrelationId } from "../protocol/headers.ts";
import type { ByteStream } from "../runtime/byte-stream.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import { sleep } from "../runtime/sleep.ts";
import { type ConnectionCounters, type ConnectionOptions, noTraffic, type Throttle } from "./connection-options.ts";
import { writeTo } from "./stream-to.ts";
import type { InFlight } from "./in-flight.ts";

const NOTHING: Uint8Array = new Uint8Array(0);

/** The calls by which a {@link RequestQueue} informs its connection. */
export interface RequestQueueEvents {
  /** A write failed: the connection is broken. */
  readonly writeFailed: (error: KafkaError) => void;
  /** The last response has arrived, or the last request without a response is written. */
  readonly emptied: () => void;
  /** A throttle is over, and the requests that it delayed are about to be written. */
  readonly throttled: () => void;
  /** The number of requests that wait before they are written has changed. */
  readonly queued: () => void;
}

/** The requests of one connection that are in flight: written in order, and answered in the same order. */
export class RequestQueue {
  readonly counters: ConnectionCounters;
  readonly #address: string;
  readonly #options: ConnectionOptions;
  readonly #events: RequestQueueEvents;
  readonly #throttle: Throttle;
  readonly #entries: InFlight[] = [];
  #stream: ByteStream | undefined;
  #isResuming = false;
  /** Whether requests wait for the end of a throttle. */
  #isDelayed = false;
  /** Requests without a response that are being written. */
  #sendingOnly = 0;
  /** Responses on this connection. `counters` also includes those of the connections that it replaced. */
  #responses = 0;
  /** When the last response arrived, or the connection was opened: monotonic ms. */
  #heardMs = 0;

  constructor(address: string, options: ConnectionOptions, events: RequestQueueEvents) {
    this.#address = address;
    this.#options = options;
    this.#events = events;
    this.counters = options.counters ?? noTraffic();
    this.#throttle = options.throttle ?? { untilMs: 0 };
  }

  /** The requests that wait for their response, in order. */
  get entries(): readonly InFlight[] {
    return this.#entries;
  }

  /** Whether nothing is in flight, requests without a response included. */
  get isEmpty(): boolean {
    return this.#entries.length === 0 && this.#sendingOnly === 0;
  }

  /** The number of requests that are not written yet. */
  get unwritten(): number {
    return this.#entries.filter(({ chunks }) => chunks !== undefined).length;
  }

  /** The number of responses on this connection. */
  get responses(): number {
    return this.#responses;
  }

  /** Requests can be written from now on. */
  start(stream: ByteStream): void {
    this.#stream = stream;
  }

  /** Something was heard of the broker. */
  heard(): void {
    this.#heardMs = this.#options.clock.monotonic();
  }

  /** For how long nothing had been received before this request was sent, in ms. */
  silenceBefore(entry: InFlight): number {
    return entry.sentMs - this.#heardMs;
  }

  /** How long nothing has been received, in ms; 0 while a request is in flight. */
  idleMs(nowMs: number): number {
    return this.#entries.length > 0 ? 0 : nowMs - this.#heardMs;
  }

  /** When a request that is sent now leaves: later than now while the broker throttles. Monotonic ms. */
  leavesMs(): number {
    return Math.max(this.#options.clock.monotonic(), this.#throttle.untilMs);
  }

  /** When the last of the requests times out: monotonic ms. */
  lastDeadlineMs(): number {
    return this.#entries.reduce((last, { deadlineMs }) => Math.max(last, deadlineMs), 0);
  }

  /** Sends a request. */
  send(entry: InFlight): void {
    this.counters.requests++;
    if (entry.answer === "none") {
      this.#sendOnly(entry);
      return;
    }
    this.#entries.push(entry);
    const nowMs = this.#options.clock.monotonic();
    entry.sentMs = Math.max(nowMs, this.#throttle.untilMs);
    // The time of a request that was held has run since its arrival.
    if (!entry.isWaiting || entry.sentMs > nowMs) this.#options.deadlines.add(entry, entry.sentMs + entry.timeoutMs);
    this.#write();
  }

  /** Passes a response to the request that it belongs to. Throws if it belongs to none. */
  receive(frame: Uint8Array): void {
    const entry = this.#entries[0];
    const correlationId = entry?.answer === "bare" ? entry.correlationId : peekCorrelationId(frame);
    if (entry === undefined || entry.correlationId !== correlationId) {
      throw new KafkaError(
        "protocol",
        `received a response with correlation id ${correlationId}, but ` +
          `${entry === undefined ? "none" : entry.correlationId} was expected`,
      );
    }
    entry.receive(frame); // if this throws, the entry is still in the queue, and closing the connection rejects it
    this.#entries.shift();
    this.#options.deadlines.remove(entry);
    this.#count(entry);
    const { observed } = this.#options;
    observed?.client.hooks?.requestAnswered?.(observed, entry, this.#entries.length, frame.length);
    if (this.#entries.length === 0) this.#events.emptied();
  }

  /**
   * Whether a request has not left yet, because the throttle has grown since it was made: another connection to the
   * broker may have received the response that says so. It gets its full timeout after the throttle.
   */
  isDelayed(entry: InFlight): boolean {
    const { untilMs } = this.#throttle;
    if (entry.chunks === undefined || untilMs <= entry.sentMs || !this.#entries.includes(entry)) return false;
    entry.sentMs = untilMs;
    this.#options.deadlines.add(entry, untilMs + entry.timeoutMs);
    return true;
  }

  /** Takes out the requests of a session that were not written yet. They keep their deadlines. */
  takeUnsent(): readonly InFlight[] {
    const unsent = this.#entries.filter(({ chunks, needsSession }) => chunks !== undefined && needsSession);
    for (const entry of unsent) this.#entries.splice(this.#entries.indexOf(entry), 1);
    this.counters.requests -= unsent.length;
    return unsent;
  }

  /** Fails all requests. */
  fail(error: KafkaError): void {
    for (const entry of this.#entries.splice(0)) {
      this.#options.deadlines.remove(entry);
      entry.fail(error, this.#address);
    }
    if (this.#isDelayed) this.#events.queued();
  }

  /** KIP-219: nothing is sent until the throttle time of a response is over. */
  honourThrottle(response: unknown, apiName: string): void {
    const throttleMs = (response as { throttleTimeMs?: number } | null)?.throttleTimeMs ?? 0;
    if (throttleMs <= 0) return;
    this.counters.throttledMs += throttleMs;
    const { observed } = this.#options;
    observed?.client.throttled(observed, apiName, throttleMs);
    this.#throttle.untilMs = Math.max(this.#throttle.untilMs, this.#options.clock.monotonic() + throttleMs);
    // The broker reads nothing until the throttle time is over: requests in flight get their full timeout after that.
    for (const entry of this.#entries) {
      if (!entry.isWaiting) continue;
      entry.sentMs = Math.max(entry.sentMs, this.#throttle.untilMs);
      this.#options.deadlines.add(entry, entry.sentMs + entry.timeoutMs);
    }
  }

  /** Sends a request without a response. It has no place in the order of responses. */
  #sendOnly(entry: InFlight): void {
    const { chunks = [] } = entry;
    entry.chunks = undefined;
    this.#options.deadlines.remove(entry);
    this.#counted(entry, chunks);
    this.#sendingOnly++;
    const ended = (): void => {
      this.#sendingOnly--;
      if (this.isEmpty) this.#events.emptied();
    };
    const stream = this.#stream;
    const written =
      stream === undefined
        ? Promise.reject(new KafkaError("internal", "the stream is not open"))
        : writeTo(stream, chunks);
    written.then(
      () => {
        ended();
        const { observed } = this.#options;
        observed?.client.hooks?.requestAnswered?.(observed, entry, this.#entries.length, 0);
        entry.receive(NOTHING);
      },
      (error: unknown) => {
        ended();
        entry.fail(KafkaError.from(error, "connection"), this.#address);
      },
    );
  }

  /** Passes unsent requests to the stream, unless the broker throttles this connection (KIP-219). */
  #write(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    const waitMs = this.#throttle.untilMs - this.#options.clock.monotonic();
    if (waitMs > 0) {
      if (!this.#isResuming) this.#options.tasks.spawn((signal) => this.#resume(waitMs, signal));
      this.#isResuming = true;
      this.#isDelayed = true;
      this.#events.queued();
      return;
    }
    const wasDelayed = this.#isDelayed;
    if (wasDelayed) {
      this.#isDelayed = false;
      this.#events.throttled();
    }
    for (const entry of this.#entries) {
      if (entry.chunks === undefined) continue;
      const chunks = entry.chunks;
      entry.chunks = undefined;
      this.#counted(entry, chunks);
      entry.writing = writeTo(stream, chunks).then(
        () => {
          entry.writing = undefined;
        },
        (error: unknown) => {
          entry.writing = undefined;
          this.#events.writeFailed(KafkaError.from(error, "connection"));
        },
      );
    }
    if (wasDelayed) this.#events.queued();
  }

  /** A request is passed to the stream. */
  #counted(entry: InFlight, chunks: readonly Uint8Array[]): void {
    const { counters } = this;
    const { clock, observed } = this.#options;
    const before = counters.bytesOut;
    for (const chunk of chunks) counters.bytesOut += chunk.length;
    const hooks = observed?.client.hooks;
    if (observed === undefined || !wantsRequests(hooks)) return;
    entry.sizeInBytes = counters.bytesOut - before;
    entry.writtenMs = clock.monotonic();
    hooks?.requestWritten?.(observed, entry, this.#entries.length);
  }

  async #resume(waitMs: number, signal: AbortSignalLike): Promise<void> {
    await sleep(this.#options, waitMs, signal);
    this.#isResuming = false;
    this.#write();
  }

  #count(entry: InFlight): void {
    const { counters } = this;
    this.heard();
    const latencyMs = Math.max(0, this.#heardMs - entry.sentMs);
    counters.responses++;
    this.#responses++;
    counters.latencyMs += latencyMs;
    if (latencyMs > counters.maxLatencyMs) counters.maxLatencyMs = latencyMs;
  }
}
