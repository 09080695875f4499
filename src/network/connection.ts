import { detailsOf, KafkaError } from "../errors/kafka-error.ts";
import type { ByteSink, ByteStream } from "../runtime/byte-stream.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import { DeadlineEntry } from "../runtime/deadline-wheel.ts";
import { sleep } from "../runtime/sleep.ts";
import { type VersionRange, negotiate } from "../protocol/api-versions.ts";
import { decodeResponse, encodeRequest, peekCorrelationId } from "../protocol/headers.ts";
import type { Api, Input } from "../protocol/schema.ts";
import { FrameDecoder } from "../wire/frame-decoder.ts";
import { type ConnectionCounters, type ConnectionOptions, noTraffic, type Throttle } from "./connection-options.ts";
import { type BrokerFeatures, handshake } from "./handshake.ts";
import { HandshakeVersion } from "./handshake-version.ts";
import { InFlight } from "./in-flight.ts";
import { SlowAnswer } from "./slow-answer.ts";

/** How one request is sent. */
export interface RequestOptions {
  /** How long to wait for the response. Default: the connection's `requestTimeoutMs`. */
  readonly timeoutMs?: number;
  /** Default: the highest that both sides know. */
  readonly version?: number;
  /** The broker will not answer (acks=0). */
  readonly noResponse?: boolean;
}

/**
 * One connection to a broker. Requests leave in order, responses come in the same order and settle in it. Whatever
 * makes the order doubtful (a deadline, a foreign correlation id, malformed bytes) closes it: what was under way is
 * then `indefinite`, what had not left is `notWritten`.
 */
export class Connection {
  readonly address: string;
  readonly counters: ConnectionCounters;
  readonly #options: ConnectionOptions;
  readonly #inFlight: InFlight[] = [];
  readonly #closedListeners = new Set<() => void>();
  readonly #idle: IdleDeadline;
  readonly #slow: SlowAnswer;
  #stream: ByteStream | undefined;
  #features: BrokerFeatures = { versions: new Map(), finalized: new Map(), finalizedEpoch: -1, handshakeVersion: -1 };
  /** The version of ApiVersions that this connection asks with. */
  readonly #askedVersion: number;
  /** Responses on this connection; those in `counters` are of all connections in its place. */
  #responses = 0;
  /** The handshake is done. */
  #isOpen = false;
  /** The broker closed the connection before its first answer. */
  #wasHungUp = false;
  #correlationId = 0;
  readonly #throttle: Throttle;
  #isResuming = false;
  /** When something last came over this connection, or it was opened: monotonic ms. */
  #heardMs = 0;
  #closed: KafkaError | undefined;

  private constructor(options: ConnectionOptions, askedVersion: number) {
    this.#options = options;
    this.#askedVersion = askedVersion;
    this.counters = options.counters ?? noTraffic();
    this.address = `${options.host}:${options.port}`;
    this.#throttle = options.throttle ?? { untilMs: 0 };
    this.#idle = new IdleDeadline(this);
    this.#slow = new SlowAnswer(this.address, options, this.#inFlight);
  }

  /**
   * Connects and learns what the broker speaks. Rejects naming the address and the reason. Where the broker closes the
   * connection instead of answering, it connects again at once and asks with a lower version of ApiVersions.
   */
  static async open(options: ConnectionOptions, signal?: AbortSignalLike): Promise<Connection> {
    const { clock, deadlines, handshakeVersion = new HandshakeVersion(), setupTimeoutMs } = options;
    const setup = new Cancellation();
    const unfollow = setup.follow(signal);
    const limit = new SetupDeadline(setup, `${options.host}:${options.port}`, setupTimeoutMs);
    deadlines.add(limit, clock.monotonic() + setupTimeoutMs);
    try {
      for (;;) {
        const connection = new Connection(options, handshakeVersion.next(clock.monotonic()));
        try {
          await connection.#open(setup);
          handshakeVersion.answered(connection.#askedVersion, connection.#features.handshakeVersion, clock.monotonic());
          return connection;
        } catch (error) {
          const failure = notWritten(KafkaError.from(error, "connection", `connecting to ${connection.address}`));
          connection.close(failure);
          if (
            !connection.#wasHungUp ||
            setup.aborted ||
            !handshakeVersion.hungUp(connection.#askedVersion, clock.monotonic())
          )
            throw failure;
        }
      }
    } finally {
      unfollow();
      deadlines.remove(limit);
    }
  }

  get inFlight(): number {
    return this.#inFlight.length;
  }

  /** The names of the requests that wait for their response, in order. */
  get unanswered(): readonly string[] {
    return this.#inFlight.map(({ apiName }) => apiName);
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** The levels of the features that the cluster has finalised (KIP-584), by name. */
  get finalizedFeatures(): ReadonlyMap<string, number> {
    return this.#features.finalized;
  }

  /** Asks the broker again what it speaks and what is finalised: a cluster may be upgraded while a connection lives. */
  async refreshFeatures(): Promise<void> {
    const features = await handshake(
      (api, message, version, decode) => this.#exchange(api, message, version, this.#options.requestTimeoutMs, decode),
      this.#features.handshakeVersion,
    );
    if (features.finalizedEpoch >= this.#features.finalizedEpoch) this.#features = features;
  }

  /** The versions of each API that the broker serves, by API key. */
  get brokerVersions(): ReadonlyMap<number, VersionRange> {
    return this.#features.versions;
  }

  /**
   * The highest version of an API that both sides know, at most `cap`. Throws kind `unsupported` where there is none.
   */
  version<Req, Res>(api: Api<Req, Res>, cap?: number): number {
    return negotiate(api, this.#features.versions.get(api.key), cap);
  }

  /** Sends a request. Responses settle in the order of the requests; rejections carry the outcome. */
  request<Req, Res>(api: Api<Req, Res>, message: Input<Req>, options: RequestOptions = {}): Promise<Res> {
    const version = options.version ?? this.version(api);
    const timeoutMs = options.timeoutMs ?? this.#options.requestTimeoutMs;
    if (options.noResponse === true) return this.#sendOnly(api, message, version) as Promise<Res>;
    return this.#exchange(api, message, version, timeoutMs, (frame) => decodeResponse(api, frame, version).message);
  }

  /** Calls back once when the connection has closed, for whatever reason; at once if it has. */
  onClosed(listener: () => void): void {
    if (this.#closed !== undefined) listener();
    else this.#closedListeners.add(listener);
  }

  /** Closes at once. What is in flight fails with `error`. Harmless when repeated. */
  close(error: KafkaError = new KafkaError("closed", "the connection was closed by its client")): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    const { deadlines } = this.#options;
    deadlines.remove(this.#idle);
    deadlines.remove(this.#slow);
    this.#stream?.close();
    for (const entry of this.#inFlight.splice(0)) {
      deadlines.remove(entry);
      entry.fail(error, this.address);
    }
    for (const listener of this.#closedListeners) listener();
    this.#closedListeners.clear();
  }

  async #open(setup: Cancellation): Promise<void> {
    const { connector, expected, host, port, setupTimeoutMs, tls } = this.#options;
    const abort = (): void => this.close(setup.reason ?? new KafkaError("cancelled", "cancelled"));
    this.#stream = await connector.connect({ host, port, ...(tls === undefined ? {} : { tls }) }, this.#sink(), {
      signal: setup,
    });
    setup.addEventListener("abort", abort);
    try {
      this.#features = await handshake(
        (api, message, version, decode) => this.#exchange(api, message, version, setupTimeoutMs, decode),
        this.#askedVersion,
        expected,
      );
    } finally {
      setup.removeEventListener("abort", abort);
    }
    this.#isOpen = true;
    this.#heardMs = this.#options.clock.monotonic();
    this.#becameIdle();
  }

  #sink(): ByteSink {
    const decoder = new FrameDecoder({
      maxFrameBytes: this.#options.maxFrameBytes,
      allocate: this.#options.allocate,
      onFrame: (frame) => this.#onFrame(frame),
    });
    return {
      buffer: () => decoder.buffer(),
      filled: (view) => {
        this.counters.bytesIn += view.length;
        try {
          decoder.filled(view);
        } catch (error) {
          this.close(KafkaError.from(error, "protocol"));
        }
        return this.#closed === undefined;
      },
      closed: (error) => {
        if (this.#responses === 0 && (error === undefined || error.retriable)) this.#wasHungUp = true;
        this.close(
          error ??
            new KafkaError(
              "connection",
              `the broker closed the connection${this.#whenClosed(decoder.isBetweenFrames)}`,
              { retriable: true, address: this.address },
            ),
        );
      },
    };
  }

  /** What the moment at which a broker closes a connection says about it. */
  #whenClosed(isBetweenFrames: boolean): string {
    if (this.#responses === 0)
      return " before it answered anything (is this a Kafka listener, and does it expect TLS or SASL?)";
    if (!isBetweenFrames) return " in the middle of a response";
    // A listener with SASL answers ApiVersions before it asks for credentials.
    return this.#responses === 1 && this.#inFlight.length > 0
      ? " instead of answering its first request (does this listener expect SASL?)"
      : "";
  }

  #exchange<Req, Res, T>(
    api: Api<Req, Res>,
    message: Input<Req>,
    version: number,
    timeoutMs: number,
    decode: (frame: Uint8Array) => T,
  ): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(this.#closedError(api.name));
    const correlationId = this.#nextCorrelationId();
    const chunks = encodeRequest(api, message, version, correlationId, this.#options.clientId);
    return new Promise((resolve, reject) => {
      const receive = (frame: Uint8Array): void => {
        const response = decode(frame);
        this.#honourThrottle(response);
        resolve(response);
      };
      const entry = new InFlight(correlationId, api.name, timeoutMs, chunks, receive, reject, (expired) =>
        this.#expire(expired),
      );
      if (this.#inFlight.length === 0) this.#becameBusy();
      this.#inFlight.push(entry);
      entry.sentMs = Math.max(this.#options.clock.monotonic(), this.#throttle.untilMs);
      this.#options.deadlines.add(entry, entry.sentMs + timeoutMs);
      this.counters.requests++;
      this.#write();
    });
  }

  async #sendOnly<Req, Res>(api: Api<Req, Res>, message: Input<Req>, version: number): Promise<undefined> {
    if (this.#closed !== undefined || this.#stream === undefined) throw this.#closedError(api.name);
    const chunks = encodeRequest(api, message, version, this.#nextCorrelationId(), this.#options.clientId);
    this.counters.requests++;
    for (const chunk of chunks) this.counters.bytesOut += chunk.length;
    await this.#stream.write(chunks);
    return undefined;
  }

  /** Hands the stream what it has not got yet, unless the broker asked for silence (KIP-219). */
  #write(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    const waitMs = this.#throttle.untilMs - this.#options.clock.monotonic();
    if (waitMs > 0) {
      if (!this.#isResuming) this.#options.tasks.spawn((signal) => this.#resume(waitMs, signal));
      this.#isResuming = true;
      return;
    }
    for (const entry of this.#inFlight) {
      if (entry.chunks === undefined) continue;
      const chunks = entry.chunks;
      entry.chunks = undefined;
      for (const chunk of chunks) this.counters.bytesOut += chunk.length;
      entry.writing = stream.write(chunks).then(
        () => {
          entry.writing = undefined;
        },
        (error: unknown) => {
          entry.writing = undefined;
          const failure = KafkaError.from(error, "connection");
          if (this.#responses === 0 && failure.retriable) this.#wasHungUp = true;
          this.close(failure);
        },
      );
    }
  }

  async #resume(waitMs: number, signal: AbortSignalLike): Promise<void> {
    await sleep(this.#options, waitMs, signal);
    this.#isResuming = false;
    this.#write();
  }

  #onFrame(frame: Uint8Array): void {
    const entry = this.#inFlight[0];
    const correlationId = peekCorrelationId(frame);
    if (entry === undefined || entry.correlationId !== correlationId) {
      throw new KafkaError(
        "protocol",
        `a response with correlation id ${correlationId} came where ` +
          `${entry === undefined ? "none" : entry.correlationId} was expected`,
      );
    }
    entry.receive(frame); // throws before it leaves the queue: then closing the connection rejects it
    this.#inFlight.shift();
    this.#options.deadlines.remove(entry);
    this.#count(entry);
    if (this.#inFlight.length === 0) this.#becameIdle();
  }

  #count(entry: InFlight): void {
    const { counters } = this;
    this.#heardMs = this.#options.clock.monotonic();
    const latencyMs = Math.max(0, this.#heardMs - entry.sentMs);
    counters.responses++;
    this.#responses++;
    counters.latencyMs += latencyMs;
    if (latencyMs > counters.maxLatencyMs) counters.maxLatencyMs = latencyMs;
  }

  #honourThrottle(response: unknown): void {
    const throttleMs = (response as { throttleTimeMs?: number } | null)?.throttleTimeMs ?? 0;
    if (throttleMs <= 0) return;
    this.counters.throttledMs += throttleMs;
    this.#throttle.untilMs = Math.max(this.#throttle.untilMs, this.#options.clock.monotonic() + throttleMs);
    // The broker reads on after the silence: what is under way gets its whole time then.
    for (const entry of this.#inFlight) {
      if (!entry.isWaiting) continue;
      entry.sentMs = Math.max(entry.sentMs, this.#throttle.untilMs);
      this.#options.deadlines.add(entry, entry.sentMs + entry.timeoutMs);
    }
  }

  /** How long nothing has come over it; 0 while something is under way. */
  idleMs(nowMs: number): number {
    return this.#inFlight.length > 0 ? 0 : nowMs - this.#heardMs;
  }

  #expire(entry: InFlight): void {
    this.#options.onSilent?.(entry.sentMs - this.#heardMs);
    this.close(
      new KafkaError(
        "timeout",
        `no response within ${entry.timeoutMs} ms (${entry.apiName}); the connection was given up`,
        { retriable: true, address: this.address },
      ),
    );
  }

  #becameBusy(): void {
    this.#options.deadlines.remove(this.#idle);
    if (this.#isOpen) this.#slow.watch();
    this.#stream?.ref?.();
  }

  #becameIdle(): void {
    this.#options.deadlines.add(this.#idle, this.#options.clock.monotonic() + this.#options.maxIdleMs);
    this.#stream?.unref?.();
  }

  #nextCorrelationId(): number {
    this.#correlationId = (this.#correlationId + 1) & 0x7fffffff;
    return this.#correlationId;
  }

  #closedError(apiName: string): KafkaError {
    return new KafkaError(
      "connection",
      `${apiName} to ${this.address}: the connection is closed (${this.#closed?.message ?? "not open"})`,
      { retriable: true, outcome: "notWritten", address: this.address, cause: this.#closed },
    );
  }
}

/** While a connection is opened, only ApiVersions is sent. If that fails, no request of the caller's was written. */
function notWritten(error: KafkaError): KafkaError {
  return error.kind !== "config" || error.outcome === "notWritten"
    ? error
    : new KafkaError(error.kind, error.message, { ...detailsOf(error), outcome: "notWritten" });
}

/** Closes a connection that nobody used for long: just before the broker would. */
class IdleDeadline extends DeadlineEntry {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super();
    this.#connection = connection;
  }

  override onDeadline(): void {
    this.#connection.close(new KafkaError("closed", "the connection was idle"));
  }
}

/** Gives up opening a connection. */
class SetupDeadline extends DeadlineEntry {
  readonly #setup: Cancellation;
  readonly #address: string;
  readonly #timeoutMs: number;

  constructor(setup: Cancellation, address: string, timeoutMs: number) {
    super();
    this.#setup = setup;
    this.#address = address;
    this.#timeoutMs = timeoutMs;
  }

  override onDeadline(): void {
    this.#setup.cancel(
      new KafkaError(
        "timeout",
        `connecting to ${this.#address} took more than ${this.#timeoutMs} ms; is the address right, and is a ` +
          "firewall in between?",
        { retriable: true, address: this.#address, outcome: "notWritten" },
      ),
    );
  }
}
