import { decodeMessage } from "../../../src/protocol/decode.ts";
import { decodeRequest, encodeResponse, type RequestFrame } from "../../../src/protocol/headers.ts";
import { apiVersionsApi } from "../../../src/protocol/messages/api-versions.ts";
import { metadataApi } from "../../../src/protocol/messages/metadata.ts";
import { produceApi } from "../../../src/protocol/messages/produce.ts";
import { saslAuthenticateApi } from "../../../src/protocol/messages/sasl-authenticate.ts";
import { saslHandshakeApi } from "../../../src/protocol/messages/sasl-handshake.ts";
import type { Connection } from "../../../src/network/connection.ts";
import { openConnection } from "../../../src/network/open-connection.ts";
import type { ConnectionOptions } from "../../../src/network/connection-options.ts";
import { saslAuthenticator } from "../../../src/network/sasl-login.ts";
import type { ByteSink, ByteStream } from "../../../src/runtime/byte-stream.ts";
import { DeadlineWheel } from "../../../src/runtime/deadline-wheel.ts";
import { sleep } from "../../../src/runtime/sleep.ts";
import { TaskGroup } from "../../../src/runtime/task-group.ts";
import { createMechanism } from "../../../src/security/create-mechanism.ts";
import type { SaslOptions } from "../../../src/security/sasl-options.ts";
import type { SimulatedPlatform } from "../../../src/simulation/simulated-platform.ts";
import { FrameDecoder } from "../../../src/wire/frame-decoder.ts";
import {
  type Accounts,
  quickCrypto,
  type ServerExchange,
  type ServerStep,
  serverMechanisms,
} from "./server-mechanisms.ts";

/** The settings of a listener. */
export interface SecuredBrokerOptions {
  /** The mechanisms that the listener has enabled. None: it has no SASL. */
  readonly enabled?: readonly string[];
  /** The highest version of SaslHandshake. With 0 there is no SaslAuthenticate. */
  readonly handshakeMax?: number;
  /** The length of each session in ms; 0 for no end. A negative one is reported and ends no session. */
  readonly lifetimeMs?: number;
  /** The delay of an answer to SASL that is no refusal. */
  readonly saslMs?: number;
}

/** How long the broker waits before it answers a failed authentication. */
const FAILURE_DELAY_MS = 100;

/** A request that the broker has received on one connection. */
export interface SeenRequest {
  readonly connection: number;
  readonly name: string;
  readonly atMs: number;
}

/** A broker in memory that is as strict as Kafka: it closes the connection at any request out of turn. */
export class SecuredBroker {
  /** All requests, in order. */
  readonly seen: SeenRequest[] = [];
  /** Requests out of turn: none may be in a test that ends well. */
  readonly violations: string[] = [];
  readonly faults: string[] = [];
  readonly log: string[] = [];
  readonly accounts: Accounts = {
    passwords: new Map([
      ["alice", "alice-secret"],
      ["al,i=ce", "p=a,ss wörd"],
      ["admin", "admin-secret"],
    ]),
    tokens: new Map([["good.token.one", "alice"]]),
  };
  readonly tasks: TaskGroup;
  readonly deadlines: DeadlineWheel;
  options: SecuredBrokerOptions;
  /** The delay of an answer to Metadata. */
  answerMs = 0;
  /** Closes the connection instead of answering the next SaslAuthenticate. */
  hangsUpOnce = false;
  /** Answers no SASL. */
  isSilent = false;
  readonly #platform: SimulatedPlatform;
  readonly #streams = new Set<ByteStream>();
  #connections = 0;
  #stop: (() => Promise<void>) | undefined;

  constructor(platform: SimulatedPlatform, options: SecuredBrokerOptions = {}) {
    this.#platform = platform;
    this.options = options;
    this.tasks = new TaskGroup(platform.runtime);
    this.deadlines = new DeadlineWheel(platform);
  }

  /** How many connections have been opened. */
  get connections(): number {
    return this.#connections;
  }

  get open(): number {
    return this.#streams.size;
  }

  /** The names of the requests of a connection, Metadata left out. */
  exchange(connection: number): readonly string[] {
    return this.seen.filter((one) => one.connection === connection && one.name !== "Metadata").map(({ name }) => name);
  }

  get enabled(): readonly string[] {
    return this.options.enabled ?? ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "AWS_MSK_IAM"];
  }

  async start(): Promise<void> {
    const socket = await this.#platform.listener.listen({ host: "broker", port: 9092 }, (stream) =>
      this.#accept(stream),
    );
    this.#stop = () => socket.close();
  }

  async stop(): Promise<void> {
    for (const stream of this.#streams) stream.close();
    await this.#stop?.();
    await this.tasks.close();
    this.deadlines.close();
  }

  /** Opens a client's connection. */
  connect(sasl: SaslOptions | undefined, more: Partial<ConnectionOptions> = {}): Promise<Connection> {
    const { clock, connector, entropy, runtime } = this.#platform;
    const login = sasl === undefined ? undefined : this.login(sasl);
    return openConnection({
      host: "broker",
      port: 9092,
      connector,
      runtime,
      clock,
      deadlines: this.deadlines,
      tasks: this.tasks,
      clientId: "test",
      requestTimeoutMs: 1000,
      setupTimeoutMs: 2000,
      maxIdleMs: 600_000,
      maxFrameBytes: 1 << 20,
      random: () => entropyByte(entropy) / 256,
      fault: (what) => this.faults.push(what),
      log: (level, message) => this.log.push(`${level}: ${message}`),
      ...(login === undefined ? {} : { login }),
      ...more,
    });
  }

  /** A login that all connections of a test share. */
  login(sasl: SaslOptions): NonNullable<ConnectionOptions["login"]> {
    const { clock, entropy, runtime } = this.#platform;
    const made = saslAuthenticator(createMechanism(sasl, { clock, runtime, entropy, crypto: quickCrypto }));
    return () => Promise.resolve(made);
  }

  #accept(stream: ByteStream): ByteSink {
    const id = ++this.#connections;
    this.#streams.add(stream);
    const session = new BrokerSession(this, id, stream, this.#platform);
    const decoder = new FrameDecoder({
      maxFrameBytes: 1 << 20,
      mayBeEmpty: () => true,
      onFrame: (frame) => session.receive(frame),
    });
    return {
      buffer: () => decoder.buffer(),
      filled: (view) => {
        decoder.filled(view);
        return true;
      },
      closed: () => this.#streams.delete(stream),
    };
  }

  /** Closes a connection when its last answer has left. */
  end(stream: ByteStream, written: Promise<void>): void {
    this.tasks.spawn(async () => {
      await written;
      this.#streams.delete(stream);
      stream.close();
    });
  }
}

function entropyByte(entropy: SimulatedPlatform["entropy"]): number {
  const bytes = new Uint8Array(1);
  entropy.fill(bytes);
  return bytes[0] ?? 0;
}

/** The broker's side of one connection. Requests are handled one after the other. */
class BrokerSession {
  readonly #broker: SecuredBroker;
  readonly #id: number;
  readonly #stream: ByteStream;
  readonly #platform: SimulatedPlatform;
  readonly #frames: Uint8Array[] = [];
  #isWorking = false;
  #isClosed = false;
  #written: Promise<void> = Promise.resolve();
  #hasVersions = false;
  #user: string | undefined;
  #mechanism = "";
  #exchange: ServerExchange | undefined;
  /** Whether tokens come without a header. */
  #isBare = false;
  #endsAtMs = Number.POSITIVE_INFINITY;
  #renewedMs = Number.NEGATIVE_INFINITY;

  constructor(broker: SecuredBroker, id: number, stream: ByteStream, platform: SimulatedPlatform) {
    this.#broker = broker;
    this.#id = id;
    this.#stream = stream;
    this.#platform = platform;
  }

  receive(frame: Uint8Array): void {
    this.#frames.push(frame.slice());
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#broker.tasks.spawn(async () => {
      for (let next = this.#frames.shift(); next !== undefined; next = this.#frames.shift()) {
        if (this.#isClosed) break;
        await this.#handle(next);
      }
      this.#isWorking = false;
    });
  }

  async #handle(bytes: Uint8Array): Promise<void> {
    if (this.#isBare && this.#exchange !== undefined) return this.#bareToken(bytes);
    const frame = decodeRequest(bytes, (key, version) =>
      key === apiVersionsApi.key
        ? version >= 3
        : key === saslAuthenticateApi.key
          ? version >= 2
          : key !== 17 && version >= 9,
    );
    this.#see(
      { 0: "Produce", 3: "Metadata", 17: "SaslHandshake", 18: "ApiVersions", 36: "SaslAuthenticate" }[frame.apiKey] ??
        String(frame.apiKey),
    );
    const hasSasl = this.#broker.enabled.length > 0;
    if (frame.apiKey === saslHandshakeApi.key) return this.#handshake(frame);
    if (this.#exchange !== undefined) {
      if (frame.apiKey === saslAuthenticateApi.key) return this.#token(frame);
      return this.#outOfTurn("between SaslHandshake and the last token");
    }
    if (frame.apiKey === apiVersionsApi.key) return this.#versions(frame);
    if (frame.apiKey === saslAuthenticateApi.key) return this.#outOfTurn("a token without SaslHandshake");
    if (hasSasl && this.#user === undefined) return this.#close(); // a client that does not know of SASL
    if (this.#now >= this.#endsAtMs) return this.#outOfTurn("after the end of the session");
    await this.#wait(this.#broker.answerMs);
    if (frame.apiKey === metadataApi.key) {
      const { topics } = decodeMessage(metadataApi.request, frame.reader, frame.apiVersion);
      // The request's first topic comes back, so that a test sees which answer belongs to which request.
      this.#send(
        encodeResponse(
          metadataApi,
          { topics: (topics ?? []).map(({ name }) => ({ name: name ?? "" })) },
          frame.apiVersion,
          frame.correlationId,
        ),
      );
    }
  }

  get #now(): number {
    return this.#platform.clock.monotonic();
  }

  #versions({ apiVersion, correlationId }: RequestFrame): void {
    if (this.#hasVersions && this.#user === undefined && this.#broker.enabled.length > 0)
      return this.#outOfTurn("a second ApiVersions before SASL");
    this.#hasVersions = true;
    const { handshakeMax = 1 } = this.#broker.options;
    const apiKeys = [
      { apiKey: produceApi.key, minVersion: 3, maxVersion: 8 },
      { apiKey: metadataApi.key, minVersion: 1, maxVersion: 12 },
      { apiKey: saslHandshakeApi.key, minVersion: 0, maxVersion: handshakeMax },
      { apiKey: apiVersionsApi.key, minVersion: 0, maxVersion: 4 },
      ...(handshakeMax > 0 ? [{ apiKey: saslAuthenticateApi.key, minVersion: 0, maxVersion: 2 }] : []),
    ];
    const version = Math.min(apiVersion, 4);
    this.#send(
      apiVersion > 4
        ? encodeResponse(apiVersionsApi, { errorCode: 35, apiKeys: apiKeys.slice(3, 4) }, 0, correlationId)
        : encodeResponse(apiVersionsApi, { apiKeys }, version, correlationId),
    );
    if (apiVersion > 4) this.#hasVersions = false;
  }

  async #handshake(frame: RequestFrame): Promise<void> {
    const { enabled } = this.#broker;
    const { mechanism } = decodeMessage(saslHandshakeApi.request, frame.reader, frame.apiVersion);
    const answer = (errorCode: number): void =>
      this.#send(
        encodeResponse(saslHandshakeApi, { errorCode, mechanisms: enabled }, frame.apiVersion, frame.correlationId),
      );
    if (enabled.length === 0) return answer(34);
    if (this.#exchange !== undefined) return this.#outOfTurn("a second SaslHandshake");
    if (this.#user !== undefined) {
      const isTooEarly = this.#now < this.#renewedMs + 1000 || this.#endsAtMs === Number.POSITIVE_INFINITY;
      if (isTooEarly) return answer(34);
      this.#renewedMs = this.#now;
    }
    if (!enabled.includes(mechanism)) {
      await this.#wait(FAILURE_DELAY_MS);
      answer(33);
      return this.#close();
    }
    await this.#wait(this.#broker.options.saslMs ?? 0);
    if (this.#broker.isSilent) return;
    this.#exchange = serverMechanisms(this.#broker.accounts)[mechanism]?.();
    this.#isBare = frame.apiVersion === 0;
    this.#mechanism = mechanism;
    answer(0);
  }

  async #token(frame: RequestFrame): Promise<void> {
    if (this.#broker.hangsUpOnce) {
      this.#broker.hangsUpOnce = false;
      return this.#close();
    }
    const { authBytes } = decodeMessage(saslAuthenticateApi.request, frame.reader, frame.apiVersion);
    const step = this.#step(authBytes);
    await this.#wait(step.kind === "refused" ? FAILURE_DELAY_MS : (this.#broker.options.saslMs ?? 0));
    if (this.#broker.isSilent) return;
    const { lifetimeMs = 0 } = this.#broker.options;
    if (step.kind === "accepted") this.#authenticated(step.user, lifetimeMs);
    const answer =
      step.kind === "refused"
        ? { errorCode: 58, errorMessage: step.text, authBytes: new Uint8Array(0) }
        : {
            errorMessage: null,
            authBytes: step.bytes ?? new Uint8Array(0),
            sessionLifetimeMs: step.kind === "accepted" ? lifetimeMs : 0,
          };
    this.#send(encodeResponse(saslAuthenticateApi, answer, frame.apiVersion, frame.correlationId));
    if (step.kind === "refused") this.#close();
  }

  #step(token: Uint8Array): ServerStep {
    const step = this.#exchange?.(token) ?? { kind: "refused", text: "no exchange" };
    if (step.kind !== "accepted" || this.#user === undefined || step.user === this.#user) return step;
    const change = `from User.${this.#user}: User.${step.user}`;
    return { kind: "refused", text: `Cannot change principals during re-authentication ${change}` };
  }

  #authenticated(user: string, lifetimeMs: number): void {
    this.#exchange = undefined;
    this.#user = user;
    if (lifetimeMs > 0) this.#endsAtMs = this.#now + lifetimeMs;
  }

  async #bareToken(token: Uint8Array): Promise<void> {
    this.#see(`token of ${this.#mechanism}`);
    const step = this.#step(token);
    if (step.kind === "refused") {
      await this.#wait(FAILURE_DELAY_MS);
      return this.#close();
    }
    if (step.kind === "accepted") this.#authenticated(step.user, 0);
    const bytes = step.bytes ?? new Uint8Array(0);
    const size = Buffer.alloc(4);
    size.writeInt32BE(bytes.length);
    this.#send([size, bytes]);
  }

  #see(name: string): void {
    this.#broker.seen.push({ connection: this.#id, name, atMs: this.#now });
  }

  #outOfTurn(why: string): void {
    this.#broker.violations.push(`connection ${this.#id}: ${this.#broker.seen.at(-1)?.name ?? ""} ${why}`);
    this.#close();
  }

  #send(chunks: readonly Uint8Array[]): void {
    this.#written = this.#stream.write(chunks).catch(() => undefined);
  }

  #close(): void {
    this.#isClosed = true;
    this.#broker.end(this.#stream, this.#written);
  }

  async #wait(ms: number): Promise<void> {
    if (ms > 0) await sleep(this.#platform, ms);
  }
}
