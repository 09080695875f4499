import type { SaslOptions } from "odradek";
import { KafkaJSSASLAuthenticationError } from "../errors/connection-errors.ts";
import { scramLabel } from "../errors/scram-label.ts";
import type { Host } from "../host.ts";
import type { Logger } from "../logging/logger.ts";
import { BUILT_IN_PROVIDERS } from "./built-in-providers.ts";
import { type AuthenticationProvider, providerMechanism } from "./provider-exchange.ts";
import type { SaslConfig } from "./sasl-config.ts";

/** kafkajs's option `sasl` as Odradek's; undefined without one. The user's object is never changed. */
export function saslOptions(sasl: unknown, host: Pick<Host, "KafkaError">, logger: Logger): SaslOptions | undefined {
  if (sasl === undefined || sasl === null) return undefined;
  const config = sasl as SaslConfig;
  const name = config.mechanism.toUpperCase();
  const { authenticationProvider, username, password } = config;
  if (authenticationProvider === undefined && (name === "SCRAM-SHA-256" || name === "SCRAM-SHA-512"))
    return username && password ? { mechanism: name, username, password } : own(name, withoutPassword(name));
  return own(name, authenticationProvider ?? BUILT_IN_PROVIDERS[name]?.(config) ?? unknownMechanism(name));

  function own(mechanism: string, provider: AuthenticationProvider): SaslOptions {
    return { mechanism: providerMechanism(mechanism, provider, { ...host, logger }) };
  }
}

function withoutPassword(name: string): AuthenticationProvider {
  return failing(`${scramLabel(name)}: Invalid username or password`);
}

/** kafkajs fails with a TypeError here. */
function unknownMechanism(name: string): AuthenticationProvider {
  return failing(
    `SASL ${name}: there is no such mechanism in this client; pass authenticationProvider for one of your own`,
  );
}

function failing(message: string): AuthenticationProvider {
  return () => ({ authenticate: () => Promise.reject(new KafkaJSSASLAuthenticationError(message)) });
}
