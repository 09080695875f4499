import { KafkaError } from "../errors/kafka-error.ts";
import type { Crypto } from "../runtime/crypto.ts";
import { awsMskIam } from "./aws-msk-iam.ts";
import type { SaslMechanism } from "./mechanism.ts";
import { oauthBearer } from "./oauth-bearer.ts";
import { oidc } from "./oidc.ts";
import { plain } from "./plain.ts";
import type { SaslOptions } from "./sasl-options.ts";
import { scram } from "./scram.ts";
import { SharedToken, type TokenHost } from "./shared-token.ts";

/**
 * The mechanism of the option `sasl`, for all connections of a client. Throws kind `unsupported` if it needs a
 * capability that the platform does not have.
 */
export function createMechanism(options: SaslOptions, host: TokenHost): SaslMechanism {
  if (typeof options.mechanism === "object") return options.mechanism;
  switch (options.mechanism) {
    case "PLAIN":
      return plain(options);
    case "SCRAM-SHA-256":
    case "SCRAM-SHA-512": {
      const hash = options.mechanism === "SCRAM-SHA-256" ? "SHA-256" : "SHA-512";
      return scram(hash, options, { entropy: host.entropy, crypto: cryptoOf(host, options.mechanism) });
    }
    case "OAUTHBEARER": {
      const { mechanism: _mechanism, token, oidc: endpoint, ...login } = options;
      const provider = token ?? (endpoint === undefined ? undefined : oidc(endpoint));
      if (provider === undefined) throw new KafkaError("config", "sasl needs token or oidc");
      if (endpoint !== undefined && host.fetch === undefined)
        throw new KafkaError("unsupported", "sasl: oidc needs a platform with fetch, and this one has none");
      return oauthBearer(new SharedToken(provider, host, login));
    }
    case "AWS_MSK_IAM":
      return awsMskIam(options, { ...host, crypto: cryptoOf(host, "AWS_MSK_IAM") });
  }
}

function cryptoOf(host: TokenHost, mechanism: string): Crypto {
  if (host.crypto === undefined)
    throw new KafkaError("unsupported", `SASL ${mechanism} needs a platform with crypto, and this one has none`);
  return host.crypto;
}
