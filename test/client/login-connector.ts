import { decodeMessage } from "../../src/protocol/decode.ts";
import { decodeRequest, encodeResponse, type RequestFrame } from "../../src/protocol/headers.ts";
import { apiVersionsApi } from "../../src/protocol/messages/api-versions.ts";
import { saslAuthenticateApi } from "../../src/protocol/messages/sasl-authenticate.ts";
import { saslHandshakeApi } from "../../src/protocol/messages/sasl-handshake.ts";
import type { ByteSink, ByteStream, Connector } from "../../src/runtime/byte-stream.ts";
import type { Clock } from "../../src/runtime/async-runtime.ts";
import { FrameDecoder } from "../../src/wire/frame-decoder.ts";

/** The rules of the listeners in front of a cluster's brokers. Tests change them while clients run. */
export interface LoginRules {
  /** The password of each user, by name. */
  readonly passwords: Map<string, string>;
  /** The length of a session; 0 for no end. */
  lifetimeMs: number;
  /** Ports whose broker refuses every login. */
  readonly refusing: Set<number>;
}

/** The traffic that a {@link LoginConnector} has seen. */
export interface LoginTraffic {
  /** Connections by port. */
  readonly connections: number[];
  /** Logins: the port, and when. */
  readonly logins: { readonly port: number; readonly atMs: number; readonly isAgain: boolean }[];
  /** Requests out of turn, for which a real broker closes the connection. */
  readonly violations: string[];
}

const AUTH_FAILED = "Authentication failed: Invalid username or password";

/** Puts SASL PLAIN in front of brokers that have none, as strictly as Kafka. */
export class LoginConnector implements Connector, LoginTraffic {
  readonly rules: LoginRules = { passwords: new Map([["alice", "alice-secret"]]), lifetimeMs: 0, refusing: new Set() };
  readonly connections: number[] = [];
  readonly logins: { readonly port: number; readonly atMs: number; readonly isAgain: boolean }[] = [];
  readonly violations: string[] = [];
  readonly #inner: Connector;
  readonly #clock: Clock;
  readonly #sessions = new Set<LoginSession>();

  constructor(inner: Connector, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
  }

  async connect(...[target, sink, options]: Parameters<Connector["connect"]>): Promise<ByteStream> {
    this.connections.push(target.port);
    const session = new LoginSession(this, sink, target.port, this.#clock);
    this.#sessions.add(session);
    const stream = await this.#inner.connect(target, session.sink(), options);
    return session.start(stream);
  }

  /** Closes all connections. */
  cut(): void {
    for (const session of this.#sessions) session.end();
    this.#sessions.clear();
  }
}

/** One connection. It answers SASL itself, and passes everything else on. */
class LoginSession {
  readonly #owner: LoginConnector;
  readonly #client: ByteSink;
  readonly #port: number;
  readonly #clock: Clock;
  readonly #waiting: Uint8Array[] = [];
  #stream: ByteStream | undefined;
  #outstanding = 0;
  #user: string | undefined;
  #isBetween = false;
  #endsAtMs = Number.POSITIVE_INFINITY;
  #isClosed = false;
  #delivered: Promise<void> = Promise.resolve();

  constructor(owner: LoginConnector, client: ByteSink, port: number, clock: Clock) {
    this.#owner = owner;
    this.#client = client;
    this.#port = port;
    this.#clock = clock;
  }

  /** The sink for the broker's bytes: it counts the answers. */
  sink(): ByteSink {
    const decoder = new FrameDecoder({
      maxFrameBytes: 1 << 27,
      onFrame: (frame) => {
        this.#outstanding--;
        this.#deliver([sizeOf(frame), frame]);
        this.#continue();
      },
    });
    return {
      buffer: () => decoder.buffer(),
      filled: (view) => {
        decoder.filled(view);
        return true;
      },
      closed: (error) => {
        if (!this.#isClosed) this.#client.closed(error);
      },
    };
  }

  /** The stream for the client. */
  start(stream: ByteStream): ByteStream {
    this.#stream = stream;
    const decoder = new FrameDecoder({
      maxFrameBytes: 1 << 27,
      onFrame: (frame) => {
        this.#waiting.push(frame.slice());
        this.#continue();
      },
    });
    return {
      remote: stream.remote,
      write: (chunks) => {
        for (const chunk of chunks) decoder.filled(chunk.slice());
        return Promise.resolve();
      },
      resume: () => stream.resume(),
      close: () => {
        this.#isClosed = true;
        stream.close();
      },
    };
  }

  /** A broker handles one request after the other, so SASL waits for the answers before it. */
  #continue(): void {
    for (let next = this.#waiting[0]; next !== undefined && !this.#isClosed; next = this.#waiting[0]) {
      const frame = decodeRequest(next.slice(), (key, version) =>
        key === apiVersionsApi.key ? version >= 3 : key === saslAuthenticateApi.key && version >= 2,
      );
      const isSasl = frame.apiKey === saslHandshakeApi.key || frame.apiKey === saslAuthenticateApi.key;
      if (isSasl && this.#outstanding > 0) return;
      this.#waiting.shift();
      if (isSasl) this.#sasl(frame);
      else this.#pass(frame.apiKey, next);
    }
  }

  #pass(apiKey: number, frame: Uint8Array): void {
    const isFirst = apiKey === apiVersionsApi.key && this.#user === undefined && !this.#isBetween;
    if (this.#isBetween) return this.#violated(`API ${apiKey} within the exchange`);
    if (!isFirst && this.#user === undefined) return this.#violated(`API ${apiKey} before SASL`);
    if (this.#clock.monotonic() >= this.#endsAtMs) return this.#violated(`API ${apiKey} after the end of the session`);
    this.#outstanding++;
    void this.#stream?.write([sizeOf(frame), frame]).catch(() => undefined);
  }

  #sasl(frame: RequestFrame): void {
    const { rules, logins } = this.#owner;
    if (frame.apiKey === saslHandshakeApi.key) {
      this.#isBetween = true;
      this.#deliver(encodeResponse(saslHandshakeApi, { mechanisms: ["PLAIN"] }, frame.apiVersion, frame.correlationId));
      return;
    }
    const { authBytes } = decodeMessage(saslAuthenticateApi.request, frame.reader, frame.apiVersion);
    const [, user = "", password] = Buffer.from(authBytes).toString().split("\0");
    const isAgain = this.#user !== undefined;
    const isRefused =
      rules.refusing.has(this.#port) || rules.passwords.get(user) !== password || (isAgain && user !== this.#user);
    logins.push({ port: this.#port, atMs: this.#clock.monotonic(), isAgain });
    this.#isBetween = false;
    if (!isRefused) {
      this.#user = user;
      if (rules.lifetimeMs > 0) this.#endsAtMs = this.#clock.monotonic() + rules.lifetimeMs;
    }
    const empty = new Uint8Array(0);
    this.#deliver(
      encodeResponse(
        saslAuthenticateApi,
        isRefused
          ? { errorCode: 58, errorMessage: AUTH_FAILED, authBytes: empty }
          : { errorMessage: null, authBytes: empty, sessionLifetimeMs: rules.lifetimeMs },
        frame.apiVersion,
        frame.correlationId,
      ),
    );
    if (isRefused) this.end();
  }

  /** Delivers later, in order: a stream does not call its sink within `write`. */
  #deliver(chunks: readonly Uint8Array[]): void {
    this.#delivered = this.#delivered.then(() => {
      for (const chunk of chunks) if (!this.#isClosed) this.#client.filled(chunk);
    });
  }

  #violated(what: string): void {
    this.#owner.violations.push(`port ${this.#port}: ${what}`);
    this.end();
  }

  /** Closes the connection when its last answer is delivered. */
  end(): void {
    void this.#delivered.then(() => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      this.#stream?.close();
      this.#client.closed();
    });
  }
}

function sizeOf(frame: Uint8Array): Uint8Array {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setInt32(0, frame.length);
  return size;
}
