import { detailsOf, KafkaError } from "../errors/kafka-error.ts";
import type { ByteSink, ByteStream } from "../runtime/byte-stream.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import { DeadlineEntry } from "../runtime/deadline-wheel.ts";
import { HostTurns } from "../runtime/host-turns.ts";
import { sleep } from "../runtime/sleep.ts";
import { type VersionRange, negotiate } from "../protocol/api-versions.ts";
import { decodeResponse, encodeRequest, peekCorrelationId, responseInSteps } from "../protocol/headers.ts";
import type { Api, Input } from "../protocol/schema.ts";
import { FrameDecoder } from "../wire/frame-decoder.ts";
import { type ConnectionCounters, type ConnectionOptions, noTraffic, type Throttle } from "./connection-options.ts";
import { type BrokerFeatures, handshake } from "./handshake.ts";
import { HandshakeVersion } from "./handshake-version.ts";
import { InFlight } from "./in-flight.ts";
import { malformedError } from "./malformed-error.ts";
import { SlowAnswer } from "./slow-answer.ts";

/** Options of one request. */
export interface RequestOptions {
  /** How long to wait for the response, in ms. Default: the connection's `requestTimeoutMs`. */
  readonly timeoutMs?: number;
  /** The API version. Default: the highest that both sides support. */
  readonly version?: number;
  /** Whether the broker sends no response (`acks: 0`). Default false. */
  readonly noResponse?: boolean;
  /**
   * Whether a large response is decoded with turns of the host in between. Responses to later requests may settle
   * before it. Default false.
   */
  readonly isInTurns?: boolean;
}

/** Decoding fewer bytes takes less than 2 ms. */
const LARGE_FRAME_BYTES = 32_768;

/**
 * One connection to a broker. Requests are sent in order, and responses arrive and settle in the same order. Anything
 * that makes this order doubtful closes the connection: a timeout, a wrong correlation id, or malformed bytes. Requests
 * that were sent then fail with outcome `indefinite`, and all others with `notWritten`.
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
  /** The version of ApiVersions in this connection's handshake. */
  readonly #askedVersion: number;
  /** Responses on this connection. `counters` also includes those of the connections that it replaced. */
  #responses = 0;
  /** Whether the handshake has succeeded. */
  #isOpen = false;
  /** Whether the broker closed the connection before its first response. */
  #wasHungUp = false;
  #correlationId = 0;
  readonly #throttle: Throttle;
  #isResuming = false;
  /** When the last response arrived, or the connection was opened: monotonic ms. */
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
   * Connects and performs the handshake. Rejects with an error that names the address and the reason. If the broker
   * closes the connection instead of answering, it reconnects at once and tries a lower version of ApiVersions.
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
          const failure = notWritten(KafkaError.from(error, "connection", `cannot connect to ${connection.address}`));
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

  /** The number of requests that wait for their response. */
  get inFlight(): number {
    return this.#inFlight.length;
  }

  /** The names of these requests, in order. */
  get unanswered(): readonly string[] {
    return this.#inFlight.map(({ apiName }) => apiName);
  }

  /** Whether the connection is closed. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** The finalised feature levels of the cluster (KIP-584), by name. */
  get finalizedFeatures(): ReadonlyMap<string, number> {
    return this.#features.finalized;
  }

  /** Repeats the handshake: a cluster may be upgraded while the connection is open. */
  async refreshFeatures(): Promise<void> {
    const features = await handshake(
      (api, message, version, decode) => this.#exchange(api, message, version, this.#options.requestTimeoutMs, decode),
      this.#features.handshakeVersion,
    );
    if (features.finalizedEpoch >= this.#features.finalizedEpoch) this.#features = features;
  }

  /** The API versions that the broker supports, by API key. */
  get brokerVersions(): ReadonlyMap<number, VersionRange> {
    return this.#features.versions;
  }

  /**
   * The highest version of an API that both sides support, at most `cap`. Throws kind `unsupported` if there is none.
   */
  version<Req, Res>(api: Api<Req, Res>, cap?: number): number {
    return negotiate(api, this.#features.versions.get(api.key), cap);
  }

  /** Sends a request. Responses settle in the order of the requests. Errors carry the outcome of the request. */
  request<Req, Res>(api: Api<Req, Res>, message: Input<Req>, options: RequestOptions = {}): Promise<Res> {
    const version = options.version ?? this.version(api);
    const timeoutMs = options.timeoutMs ?? this.#options.requestTimeoutMs;
    if (options.noResponse === true) return this.#sendOnly(api, message, version) as Promise<Res>;
    return this.#exchange(api, message, version, timeoutMs, (frame): Res | Promise<Res> =>
      options.isInTurns === true && frame.length >= LARGE_FRAME_BYTES
        ? this.#decodeInTurns(api, frame, version)
        : decodeResponse(api, frame, version).message,
    );
  }

  /** Throws if a turn was not needed; otherwise the promise rejects, and the connection is closed. */
  #decodeInTurns<Req, Res>(api: Api<Req, Res>, frame: Uint8Array, version: number): Res | Promise<Res> {
    const decoded = new HostTurns(this.#options).run(responseInSteps(api, frame, version));
    return decoded instanceof Promise ? this.#decoded(decoded) : decoded;
  }

  async #decoded<Res>(decoding: Promise<Res>): Promise<Res> {
    try {
      const response = await decoding;
      this.#honourThrottle(response);
      return response;
    } catch (error) {
      const failure = malformedError(error);
      this.close(failure);
      throw failure;
    }
  }

  /** Calls `listener` once when the connection has closed for any reason; at once if it already has. */
  onClosed(listener: () => void): void {
    if (this.#closed !== undefined) listener();
    else this.#closedListeners.add(listener);
  }

  /** Closes at once. Requests in flight fail with `error`. Idempotent. */
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
          this.close(malformedError(error));
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

  /** The likely reason why the broker closed the connection, judged by the moment at which it did so. */
  #whenClosed(isBetweenFrames: boolean): string {
    if (this.#responses === 0)
      return " before it answered anything (is this a Kafka listener, and does it expect TLS or SASL?)";
    if (!isBetweenFrames) return " in the middle of a response";
    // A listener with SASL answers ApiVersions before it requires credentials.
    return this.#responses === 1 && this.#inFlight.length > 0
      ? " instead of answering its first request (does this listener expect SASL?)"
      : "";
  }

  #exchange<Req, Res, T>(
    api: Api<Req, Res>,
    message: Input<Req>,
    version: number,
    timeoutMs: number,
    decode: (frame: Uint8Array) => T | Promise<T>,
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

  /** Passes unsent requests to the stream, unless the broker throttles this connection (KIP-219). */
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
        `received a response with correlation id ${correlationId}, but ` +
          `${entry === undefined ? "none" : entry.correlationId} was expected`,
      );
    }
    entry.receive(frame); // if this throws, the entry is still in the queue, and closing the connection rejects it
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
    // The broker reads nothing until the throttle time is over: requests in flight get their full timeout after that.
    for (const entry of this.#inFlight) {
      if (!entry.isWaiting) continue;
      entry.sentMs = Math.max(entry.sentMs, this.#throttle.untilMs);
      this.#options.deadlines.add(entry, entry.sentMs + entry.timeoutMs);
    }
  }

  /** How long nothing has been received, in ms; 0 while a request is in flight. */
  idleMs(nowMs: number): number {
    return this.#inFlight.length > 0 ? 0 : nowMs - this.#heardMs;
  }

  #expire(entry: InFlight): void {
    this.#options.onSilent?.(entry.sentMs - this.#heardMs);
    this.close(
      new KafkaError(
        "timeout",
        `no response within ${entry.timeoutMs} ms (${entry.apiName}); the connection was closed`,
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

/** While a connection is opened, only ApiVersions is sent. If that fails, no request of the caller has been written. */
function notWritten(error: KafkaError): KafkaError {
  return error.kind !== "config" || error.outcome === "notWritten"
    ? error
    : new KafkaError(error.kind, error.message, { ...detailsOf(error), outcome: "notWritten" });
}

/** Closes a connection that was not used for long, just before the broker would close it. */
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

/** Stops opening a connection when its time is over. */
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
