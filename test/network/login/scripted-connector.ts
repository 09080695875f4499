import type { Connection } from "../../../src/network/connection.ts";
import { openConnection } from "../../../src/network/open-connection.ts";
import { type ConnectionCounters, type ConnectionOptions, noTraffic } from "../../../src/network/connection-options.ts";
import { saslAuthenticator } from "../../../src/network/sasl-login.ts";
import type { ByteSink, ByteStream, Connector } from "../../../src/runtime/byte-stream.ts";
import type { Crypto } from "../../../src/runtime/crypto.ts";
import { DeadlineWheel } from "../../../src/runtime/deadline-wheel.ts";
import { sleep } from "../../../src/runtime/sleep.ts";
import { TaskGroup } from "../../../src/runtime/task-group.ts";
import { createMechanism } from "../../../src/security/create-mechanism.ts";
import type { SaslOptions } from "../../../src/security/sasl-options.ts";
import type { SimulatedPlatform } from "../../../src/simulation/simulated-platform.ts";
import { SecuredBroker, type SecuredBrokerOptions } from "./secured-broker.ts";
import { quickCrypto } from "./server-mechanisms.ts";

/** The answer to a request: bytes, or parts that come one after the other, each after a pause. */
export type Answer =
  Uint8Array | "silence" | "hang-up" | { readonly everyMs: number; readonly part: (n: number) => Uint8Array };

/** A request that the client has sent. */
export interface Sent {
  readonly apiKey: number;
  readonly apiVersion: number;
  /** Whether it is a token without a header. */
  readonly isBare: boolean;
}

/** A network whose brokers answer the n-th request of each connection by a script, whatever it asks. */
export class ScriptedConnector implements Connector {
  /** The requests of the last connection. */
  sent: Sent[] = [];
  /** The bytes that were passed to the client on the last connection. */
  delivered: Uint8Array[] = [];
  open = 0;
  readonly #answer: (n: number) => Answer;
  readonly #platform: SimulatedPlatform;

  constructor(platform: SimulatedPlatform, answer: (n: number) => Answer) {
    this.#platform = platform;
    this.#answer = answer;
  }

  connect(...[target, sink]: Parameters<Connector["connect"]>): Promise<ByteStream> {
    const sent: Sent[] = [];
    const delivered: Uint8Array[] = [];
    this.sent = sent;
    this.delivered = delivered;
    this.open++;
    let isClosed = false;
    const end = (): void => {
      if (!isClosed) this.open--;
      isClosed = true;
    };
    const deliver = (bytes: Uint8Array): void => {
      if (isClosed || bytes.length === 0) return;
      delivered.push(bytes.slice());
      filled(sink, bytes);
    };
    return Promise.resolve({
      remote: target.host,
      write: (chunks) => {
        sent.push(sentOf(Buffer.concat(chunks), sent.at(-1)));
        const answer = this.#answer(sent.length - 1);
        // A stream does not call its sink within `write`.
        this.#platform.runtime.spawn(async () => {
          if (answer instanceof Uint8Array) deliver(answer);
          else if (answer === "hang-up" && !isClosed) {
            end();
            sink.closed();
          } else if (typeof answer === "object")
            for (let n = 0; !isClosed; n++) {
              deliver(answer.part(n));
              await sleep(this.#platform, answer.everyMs);
            }
        });
        return Promise.resolve();
      },
      resume: () => undefined,
      close: end,
    });
  }
}

/** Passes bytes in the pieces that a host would. */
function filled(sink: ByteSink, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    const room = sink.buffer();
    const piece = bytes.subarray(at, at + room.length);
    room.set(piece);
    at += piece.length;
    if (!sink.filled(room.subarray(0, piece.length))) return;
  }
}

function sentOf(bytes: Buffer, before: Sent | undefined): Sent {
  const isBare = before !== undefined && (before.isBare || (before.apiKey === 17 && before.apiVersion === 0));
  return isBare
    ? { apiKey: -1, apiVersion: -1, isBare }
    : { apiKey: bytes.readInt16BE(4), apiVersion: bytes.readInt16BE(6), isBare };
}

/** Opens connections to a scripted broker, and counts the memory that they take. */
export class ScriptedClient {
  readonly connector: ScriptedConnector;
  readonly log: string[] = [];
  readonly faults: string[] = [];
  /** The bytes of all frames for which the client allocated memory. */
  allocated = 0;
  traffic: ConnectionCounters = noTraffic();
  readonly #platform: SimulatedPlatform;
  readonly #tasks: TaskGroup;
  readonly #deadlines: DeadlineWheel;

  constructor(platform: SimulatedPlatform, answer: (n: number) => Answer) {
    this.#platform = platform;
    this.connector = new ScriptedConnector(platform, answer);
    this.#tasks = new TaskGroup(platform.runtime);
    this.#deadlines = new DeadlineWheel(platform);
  }

  connect(sasl: SaslOptions, crypto: Crypto = quickCrypto): Promise<Connection> {
    const { clock, runtime } = this.#platform;
    this.traffic = noTraffic();
    this.allocated = 0;
    return openConnection({
      ...{ host: "broker", port: 9092, connector: this.connector, runtime, clock, clientId: "test" },
      ...{ tasks: this.#tasks, deadlines: this.#deadlines, counters: this.traffic },
      ...{ requestTimeoutMs: 1000, setupTimeoutMs: 2000, maxIdleMs: 600_000, maxFrameBytes: 100 << 20 },
      allocate: (bytes) => {
        this.allocated += bytes;
        return new Uint8Array(bytes);
      },
      fault: (what) => this.faults.push(what),
      log: (level, message) => this.log.push(`${level}: ${message}`),
      login: loginWith(sasl, this.#platform, crypto),
    });
  }

  async close(): Promise<void> {
    await this.#tasks.close();
    this.#deadlines.close();
  }
}

/** A login whose nonce is always the same, so that a recorded exchange can be repeated. */
function loginWith(
  sasl: SaslOptions,
  { clock, runtime }: SimulatedPlatform,
  crypto: Crypto,
): NonNullable<ConnectionOptions["login"]> {
  const entropy = { fill: (bytes: Uint8Array): void => void bytes.fill(7) };
  return () => Promise.resolve(saslAuthenticator(createMechanism(sasl, { clock, runtime, entropy, crypto })));
}

/** The answers of a strict broker to each request of a login that succeeds. */
export async function recorded(
  platform: SimulatedPlatform,
  sasl: SaslOptions,
  options: SecuredBrokerOptions = {},
): Promise<readonly Uint8Array[]> {
  const broker = new SecuredBroker(platform, options);
  await broker.start();
  const answers: Buffer[] = [];
  const connector: Connector = {
    connect: async (target, sink, more) => {
      const tapped: ByteSink = {
        buffer: () => sink.buffer(),
        filled: (view) => {
          const last = answers.length - 1;
          answers[last] = Buffer.concat([answers[last] ?? Buffer.alloc(0), view]);
          return sink.filled(view);
        },
        closed: (error) => sink.closed(error),
      };
      const stream = await platform.connector.connect(target, tapped, more);
      return {
        remote: stream.remote,
        write: (chunks) => {
          answers.push(Buffer.alloc(0));
          return stream.write(chunks);
        },
        resume: () => stream.resume(),
        close: () => stream.close(),
      };
    },
  };
  const connection = await broker.connect(sasl, { connector, login: loginWith(sasl, platform, quickCrypto) });
  connection.close();
  await broker.stop();
  return answers.map((bytes) => new Uint8Array(bytes));
}
