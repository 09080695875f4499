import { brokerError, brokerErrorName } from "../errors/broker-error.ts";
import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { negotiate } from "../protocol/api-versions.ts";
import { saslAuthenticateApi } from "../protocol/messages/sasl-authenticate.ts";
import { saslHandshakeApi } from "../protocol/messages/sasl-handshake.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import type { Host } from "../runtime/host.ts";
import { raced } from "../runtime/raced.ts";
import { checkedExchange } from "../security/checked-exchange.ts";
import { createMechanism } from "../security/create-mechanism.ts";
import type { SaslBroker, SaslMechanism } from "../security/mechanism.ts";
import { quoted } from "../security/redact.ts";
import type { SaslOptions } from "../security/sasl-options.ts";
import type { TokenHost } from "../security/shared-token.ts";
import type { Authenticator, LoginChannel, PreparedLogin } from "./authenticator.ts";
import type { Authenticated } from "./connection-state.ts";

/** Authenticates by SASL. All connections of a `Kafka` share the mechanism, and with it a token. */
export class SaslLogin implements Authenticator {
  readonly #mechanism: SaslMechanism;

  constructor(mechanism: SaslMechanism) {
    this.#mechanism = mechanism;
  }

  async prepare(broker: SaslBroker, host: Host, signal: AbortSignalLike): Promise<PreparedLogin> {
    const exchange = checkedExchange(this.#mechanism, broker);
    const first = await raced(host, Promise.resolve(exchange.begin(host.clock.now(), signal)), signal);
    return new PreparedSasl(this.#mechanism.name, exchange, first, host);
  }
}

/** The login of the option `sasl`. Throws kind `unsupported` if the platform lacks what the mechanism needs. */
export function saslLogin(options: SaslOptions, host: TokenHost): Authenticator {
  return new SaslLogin(createMechanism(options, host));
}

/** One authentication by SASL, with its first token. */
class PreparedSasl implements PreparedLogin {
  readonly #mechanism: string;
  readonly #exchange: ReturnType<typeof checkedExchange>;
  readonly #first: Uint8Array;
  readonly #host: Host;

  constructor(mechanism: string, exchange: ReturnType<typeof checkedExchange>, first: Uint8Array, host: Host) {
    this.#mechanism = mechanism;
    this.#exchange = exchange;
    this.#first = first;
    this.#host = host;
  }

  get principal(): string | undefined {
    return this.#exchange.principal;
  }

  async perform(channel: LoginChannel, signal: AbortSignalLike): Promise<Authenticated> {
    const versions = channel.brokerVersions;
    // Brokers before Kafka 1.0 have no SaslAuthenticate: tokens follow SaslHandshake 0 without a header.
    const isBare = !versions.has(saslAuthenticateApi.key) || versions.get(saslHandshakeApi.key)?.max === 0;
    const mechanism = this.#mechanism;
    const { errorCode, mechanisms } = await channel.exchange(
      saslHandshakeApi,
      { mechanism },
      negotiate(saslHandshakeApi, versions.get(saslHandshakeApi.key), isBare ? 0 : undefined),
    );
    if (errorCode !== ErrorCode.NONE) throw refusedMechanism(mechanism, errorCode, mechanisms);
    return isBare ? this.#bare(channel, signal) : this.#authenticate(channel, signal);
  }

  async #bare(channel: LoginChannel, signal: AbortSignalLike): Promise<Authenticated> {
    await this.#converse((token) => channel.exchangeToken(token), signal);
    return { lifetimeMs: 0, startedMs: channel.nowMs() };
  }

  async #authenticate(channel: LoginChannel, signal: AbortSignalLike): Promise<Authenticated> {
    const version = negotiate(saslAuthenticateApi, channel.brokerVersions.get(saslAuthenticateApi.key));
    let last: Authenticated = { lifetimeMs: 0, startedMs: channel.nowMs() };
    await this.#converse(async (authBytes) => {
      const startedMs = channel.nowMs();
      const answer = await channel.exchange(saslAuthenticateApi, { authBytes }, version);
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
      const step = await raced(this.#host, Promise.resolve(this.#exchange.next(answer)), signal);
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
  const names = enabled.map((name) => quoted(name, [])).join(", ");
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
