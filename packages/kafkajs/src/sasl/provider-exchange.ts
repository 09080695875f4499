import type { KafkaError, SaslBroker, SaslExchange, SaslMechanism, SaslStep } from "odradek";
import { KafkaJSProtocolError } from "../errors/protocol-error.ts";
import { protocolFault } from "../errors/protocol-faults.ts";
import { ProviderFailure } from "../errors/provider-failure.ts";
import type { Host } from "../host.ts";
import type { Logger } from "../logging/logger.ts";

const AUTHENTICATION_FAILED = 58;
const LENGTH_BYTES = 4;

/** One exchange of a provider. */
export interface SaslMessage<T = unknown> {
  readonly request: {
    /** The bytes to send, with their length (int32) in front. */
    encode(): Buffer | Promise<Buffer>;
  };
  readonly response?: {
    /** Gets the broker's bytes, with their length in front. */
    decode(raw: Buffer): Buffer | Promise<Buffer>;
    parse(data: Buffer): T;
  };
}

/** The argument of a provider. It is called for each authentication of each connection. */
export interface ProviderArgs {
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
  /** Sends one SaslAuthenticate; rejects with a `KafkaJSProtocolError` that has the broker's text. */
  readonly saslAuthenticate: (message: SaslMessage) => Promise<unknown>;
}

/** kafkajs's form of a mechanism: `authenticationProvider` of the option `sasl`. */
export type AuthenticationProvider = (args: ProviderArgs) => { authenticate(): Promise<void> };

/** The part of the host that the mechanism needs. */
interface MechanismHost {
  readonly KafkaError: Host["KafkaError"];
  readonly logger: Logger;
}

/** A provider of kafkajs as a mechanism of Odradek. `name` is its name on the wire. */
export function providerMechanism(
  name: string,
  provider: AuthenticationProvider,
  { KafkaError, logger }: MechanismHost,
): SaslMechanism {
  const own = logger.namespace(`SaslAuthenticator-${name}`);
  return { name, exchange: (broker) => new ProviderExchange(name, provider, broker, KafkaError, own) };
}

/** The next step of the provider: it sends bytes, has ended, or has failed. */
type ProviderStep =
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: unknown };

/** A call of the provider that waits for the broker's answer. */
interface Waiting {
  answered(challenge: Uint8Array): void;
  refused(error: Error): void;
}

/**
 * One authentication. The provider calls and awaits; Odradek asks for bytes and passes answers. Each of the two waits
 * for the other: `#steps` are the provider's, `#waiting` is its call that has not been answered.
 */
class ProviderExchange implements SaslExchange {
  /** Only the broker knows it. */
  readonly principal: undefined = undefined;
  readonly #name: string;
  readonly #args: Omit<ProviderArgs, "saslAuthenticate">;
  readonly #provider: AuthenticationProvider;
  readonly #KafkaError: Host["KafkaError"];
  #waiting: Waiting | undefined;
  #failure: ProviderFailure | undefined;
  #tell: (step: ProviderStep) => void = () => undefined;

  constructor(
    name: string,
    provider: AuthenticationProvider,
    { host, port }: SaslBroker,
    KafkaError: Host["KafkaError"],
    logger: Logger,
  ) {
    this.#name = name;
    this.#args = { host, port, logger };
    this.#provider = provider;
    this.#KafkaError = KafkaError;
  }

  async begin(): Promise<Uint8Array> {
    const step = await this.#nextStep(() => this.#authenticate());
    if (step.kind === "send") return step.bytes;
    throw this.#failed(
      step.kind === "failed" ? step.error : new Error(`authenticate of SASL ${this.#name} has sent nothing`),
    );
  }

  async next(challenge: Uint8Array): Promise<SaslStep> {
    const step = await this.#nextStep(() => this.#waiting?.answered(challenge));
    if (step.kind === "send") return step;
    return step.kind === "ended" ? { kind: "done" } : { kind: "failed", error: this.#failed(step.error) };
  }

  /** The provider gets an error, and may throw another one for it; that one reaches the caller. */
  refused(brokerText: string): KafkaError {
    const fault = protocolFault(AUTHENTICATION_FAILED);
    const told = new KafkaJSProtocolError(brokerText === "" ? fault : { ...fault, message: brokerText });
    const error = this.#failed(told);
    this.#waiting?.refused(told);
    return error;
  }

  #failed(thrown: unknown): KafkaError {
    this.#failure = new ProviderFailure(thrown);
    const { message = String(thrown) } = (thrown ?? {}) as { readonly message?: string };
    return new this.#KafkaError("authentication", message, { cause: this.#failure });
  }

  #nextStep(start: () => void): Promise<ProviderStep> {
    return new Promise((resolve) => {
      this.#tell = resolve;
      start();
    });
  }

  /** Runs the provider. Its promise never rejects: the last step says how it ended. */
  #authenticate(): void {
    const run = async (): Promise<void> => {
      const args = { ...this.#args, saslAuthenticate: (message: SaslMessage) => this.#send(message) };
      await this.#provider(args).authenticate();
    };
    run().then(
      () => this.#tell({ kind: "ended" }),
      (error: unknown) => {
        if (this.#failure !== undefined) this.#failure.thrown = error;
        this.#tell({ kind: "failed", error });
      },
    );
  }

  async #send({ request, response }: SaslMessage): Promise<unknown> {
    const framed = await request.encode();
    const challenge = await new Promise<Uint8Array>((answered, refused) => {
      this.#waiting = { answered, refused };
      this.#tell({ kind: "send", bytes: new Uint8Array(framed.subarray(LENGTH_BYTES)) });
    });
    if (response === undefined) return undefined;
    return response.parse(await response.decode(framedBytes(challenge)));
  }
}

/** Bytes with their length in front. */
export function framedBytes(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
