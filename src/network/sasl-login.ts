import { brokerError, brokerErrorName } from "../errors/broker-error.ts";
import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { negotiate } from "../protocol/api-versions.ts";
import { saslAuthenticateApi } from "../protocol/messages/sasl-authenticate.ts";
import { saslHandshakeApi } from "../protocol/messages/sasl-handshake.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import { raced } from "../runtime/raced.ts";
import { checkedExchange } from "../security/checked-exchange.ts";
import { createMechanism } from "../security/create-mechanism.ts";
import type { SaslMechanism } from "../security/mechanism.ts";
import { checkSasl, type SaslOptions } from "../security/sasl-options.ts";
import type { TokenHost } from "../security/shared-token.ts";
import type { Authenticator, SessionHost } from "./authenticator.ts";
import { type Login, type PreparedLogin, SaslSessions } from "./sasl-sessions.ts";
import type { Authenticated } from "./session.ts";

/** Kafka has six mechanisms. */
const MOST_NAMES = 20;

/** The logins of one connection by SASL. All connections of a `Kafka` share the mechanism, and with it a token. */
export class SaslLogin implements Login {
  readonly #mechanism: SaslMechanism;
  readonly #host: SessionHost;

  constructor(mechanism: SaslMechanism, host: SessionHost) {
    this.#mechanism = mechanism;
    this.#host = host;
  }

  async prepare(signal: AbortSignalLike): Promise<PreparedLogin> {
    const { options } = this.#host;
    const exchange = checkedExchange(this.#mechanism, options);
    const first = await raced(options, Promise.resolve(exchange.begin(options.clock.now(), signal)), signal);
    return new PreparedSasl(this.#mechanism.name, exchange, first, this.#host);
  }
}

/** The authenticator of a mechanism. */
export function saslAuthenticator(mechanism: SaslMechanism): Authenticator {
  return { sessions: (host) => new SaslSessions(new SaslLogin(mechanism, host), host) };
}

/**
 * The authenticator of the option `sasl`. Throws kind `config` that names the wrong field, and kind `unsupported` if
 * the platform lacks something that the mechanism needs.
 */
export function authenticatorOf(options: SaslOptions, host: TokenHost): Authenticator {
  checkSasl(options, "sasl");
  return saslAuthenticator(createMechanism(options, host));
}

/** One authentication by SASL, with its first token. */
class PreparedSasl implements PreparedLogin {
  readonly #mechanism: string;
  readonly #exchange: ReturnType<typeof checkedExchange>;
  readonly #first: Uint8Array;
  readonly #host: SessionHost;

  constructor(mechanism: string, exchange: ReturnType<typeof checkedExchange>, first: Uint8Array, host: SessionHost) {
    this.#mechanism = mechanism;
    this.#exchange = exchange;
    this.#first = first;
    this.#host = host;
  }

  get principal(): string | undefined {
    return this.#exchange.principal;
  }

  async perform(timeoutMs: number, signal: AbortSignalLike): Promise<Authenticated> {
    const versions = this.#host.brokerVersions();
    // Brokers before Kafka 1.0 have no SaslAuthenticate: tokens follow SaslHandshake 0 without a header.
    const isBare = !versions.has(saslAuthenticateApi.key) || versions.get(saslHandshakeApi.key)?.max === 0;
    const mechanism = this.#mechanism;
    const { errorCode, mechanisms } = await this.#host.exchange(
      saslHandshakeApi,
      { mechanism },
      negotiate(saslHandshakeApi, versions.get(saslHandshakeApi.key), isBare ? 0 : undefined),
      timeoutMs,
    );
    if (errorCode !== ErrorCode.NONE) throw refusedMechanism(mechanism, errorCode, mechanisms);
    return isBare ? this.#bare(timeoutMs, signal) : this.#authenticate(timeoutMs, signal);
  }

  async #bare(timeoutMs: number, signal: AbortSignalLike): Promise<Authenticated> {
    await this.#converse((token) => this.#host.exchangeToken(token, timeoutMs), signal);
    return { lifetimeMs: 0, startedMs: this.#host.options.clock.monotonic() };
  }

  async #authenticate(timeoutMs: number, signal: AbortSignalLike): Promise<Authenticated> {
    const { clock } = this.#host.options;
    const version = negotiate(saslAuthenticateApi, this.#host.brokerVersions().get(saslAuthenticateApi.key));
    let last: Authenticated = { lifetimeMs: 0, startedMs: clock.monotonic() };
    await this.#converse(async (authBytes) => {
      const startedMs = clock.monotonic();
      const answer = await this.#host.exchange(saslAuthenticateApi, { authBytes }, version, timeoutMs);
      if (answer.errorCode === ErrorCode.SASL_AUTHENTICATION_FAILED)
        throw this.#exchange.refused(answer.errorMessage ?? "");
      if (answer.errorCode !== ErrorCode.NONE)
        throw brokerError(answer.errorCode, `cannot authenticate by SASL ${this.#mechanism}`);
      last = { lifetimeMs: answer.sessionLifetimeMs, startedMs };
      return answer.authBytes;
    }, signal);
    return last;
  }

  /** Passes tokens and answers between the mechanism and the broker until the exchange has succeeded. */
  async #converse(send: (token: Uint8Array) => Promise<Uint8Array>, signal: AbortSignalLike): Promise<void> {
    let token = this.#first;
    for (;;) {
      const answer = await send(token);
      const step = await raced(this.#host.options, Promise.resolve(this.#exchange.next(answer)), signal);
      if (step.kind === "done") return;
      if (step.kind === "failed") {
        // The broker waits for these bytes before it closes the connection. Its answer has nothing new.
        if (step.bytes !== undefined) await send(step.bytes).catch(() => undefined);
        throw step.error;
      }
      token = step.bytes;
    }
  }
}

/** The error if the broker refused SaslHandshake. */
function refusedMechanism(mechanism: string, code: number, enabled: readonly string[]): KafkaError {
  // Only names of mechanisms are shown (RFC 4422). A hostile broker could send anything else, and a million of it.
  const names = enabled
    .filter((name) => /^[A-Z0-9_-]{1,20}$/.test(name))
    .slice(0, MOST_NAMES)
    .join(", ");
  const reason =
    code === ErrorCode.UNSUPPORTED_SASL_MECHANISM
      ? `the broker has not enabled the SASL mechanism ${mechanism} on this listener; it has ` +
        `${names === "" ? "none" : names}. Set mechanism of the option sasl to one of them`
      : code === ErrorCode.ILLEGAL_SASL_STATE && enabled.length === 0
        ? "this listener has no SASL. Connect to a listener that has, or remove the option sasl"
        : undefined;
  if (reason === undefined) return brokerError(code, `SaslHandshake for ${mechanism}`);
  return new KafkaError("authentication", reason, { code, codeName: brokerErrorName(code) });
}
