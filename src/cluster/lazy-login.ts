import { lateCode } from "../errors/late-code.ts";
import type { Authenticator } from "../network/authenticator.ts";
import type * as SaslLogin from "../network/sasl-login.ts";
import type { AsyncRuntime } from "../runtime/async-runtime.ts";
import type { Platform } from "../runtime/platform.ts";
import type { SaslOptions } from "../security/sasl-options.ts";
import type { TokenHost } from "../security/shared-token.ts";
import type { ClusterOptions } from "./options.ts";

const PLAIN_TEXT = "SASL PLAIN without TLS: everybody on the network can read the password; set the option tls";

/**
 * The login of the option `sasl`, for all connections of a `Kafka`, and what to warn of. Its code is loaded when the
 * first connection needs it.
 */
export function loginOf(
  options: SaslOptions,
  host: Pick<TokenHost, "runtime" | "clock" | "entropy">,
  platform: Platform<AsyncRuntime> & Pick<TokenHost, "environment">,
  hasTls: boolean,
): Required<Pick<ClusterOptions, "login" | "warnings">> {
  const login = lazyLogin(options, {
    ...host,
    crypto: platform.crypto,
    fetch: platform.fetch?.bind(platform),
    environment: platform.environment?.bind(platform),
  });
  return { login, warnings: options.mechanism === "PLAIN" && !hasTls ? [PLAIN_TEXT] : [] };
}

/** A function hides the options, which contain secrets, from code that prints the client. */
function lazyLogin(options: SaslOptions, host: TokenHost): () => Promise<Authenticator> {
  let made: Promise<Authenticator> | undefined;
  return () => {
    made ??= load(options, host).catch((error: unknown) => {
      made = undefined; // the next connection tries it again
      throw error;
    });
    return made;
  };
}

async function load(options: SaslOptions, host: TokenHost): Promise<Authenticator> {
  const { authenticatorOf } = await loadLogin();
  return authenticatorOf(options, host);
}

/** Loads the code of SASL; the connections of all clients have it at once afterwards. */
export function loadLogin(): Promise<Pick<typeof SaslLogin, "authenticatorOf">> {
  return lateCode(import("../network/sasl-login.ts"), "SASL");
}
