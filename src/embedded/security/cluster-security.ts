import { KafkaError } from "../../errors/kafka-error.ts";
import type { Crypto } from "../../runtime/crypto.ts";
import type { Entropy } from "../../runtime/entropy.ts";
import { base64 } from "../../security/base64.ts";
import { wholeAcl } from "../../security/new-acl.ts";
import { Access } from "./access.ts";
import { Acls } from "./acl.ts";
import type { AuthorizerRules } from "./authorizer.ts";
import type { AuthRules } from "./connection-auth.ts";
import { AwsServerExchange } from "./aws-server-exchange.ts";
import { DelegationTokens } from "./delegation-tokens.ts";
import { OAuthBearerServerExchange, type ValidateToken, validateUnsecured } from "./oauth-bearer-exchange.ts";
import { plainExchange } from "./plain-exchange.ts";
import type { EmbeddedSaslMechanism, ScramMechanism } from "./sasl-name.ts";
import { type ScramAccount, ScramServerExchange } from "./scram-exchange.ts";
import { type EmbeddedSecurityOptions, enabledMechanisms, principalOf } from "./security-options.ts";
import type { ServerExchange } from "./server-exchange.ts";
import { Users } from "./users.ts";

const FAILURE_DELAY_MS = 100;
const NONCE_BYTES = 24;

/** The users, tokens and rules of a cluster. */
export class ClusterSecurity {
  /** The rules by which connections authenticate; undefined if the listeners have no SASL. */
  readonly sasl: (AuthRules & { readonly failureDelayMs: number }) | undefined;
  readonly users: Users;
  /** Undefined on a platform without cryptography, and without SASL. */
  readonly tokens: DelegationTokens | undefined;
  /** The access control entries; undefined without an authorizer. */
  readonly acls: Acls | undefined;
  readonly #rules: AuthorizerRules | undefined;
  readonly #validateToken: ValidateToken;
  readonly #crypto: Crypto | undefined;
  readonly #entropy: Entropy;

  constructor(options: EmbeddedSecurityOptions, crypto: Crypto | undefined, entropy: Entropy) {
    const { users, sasl, acls, superUsers, allowEveryoneIfNoAclFound } = options;
    this.#crypto = crypto;
    this.#entropy = entropy;
    this.#validateToken = sasl?.validateToken ?? validateUnsecured;
    const hasSasl = users !== undefined || sasl !== undefined;
    const mechanisms = hasSasl ? usable(sasl?.mechanisms, enabledMechanisms(options), crypto) : [];
    this.sasl = hasSasl
      ? {
          mechanisms,
          sessionLifetimeMs: sasl?.sessionLifetimeMs ?? 0,
          failureDelayMs: sasl?.failedAuthenticationDelayMs ?? FAILURE_DELAY_MS,
        }
      : undefined;
    this.users = new Users(users ?? {}, mechanisms, crypto, entropy);
    this.tokens = hasSasl && crypto !== undefined ? new DelegationTokens(crypto, entropy) : undefined;
    if (acls === undefined && superUsers === undefined && allowEveryoneIfNoAclFound === undefined) return;
    const stored = new Acls((acls ?? []).map(wholeAcl));
    this.acls = stored;
    this.#rules = {
      superUsers: new Set(superUsers?.map(principalOf)),
      allowEveryoneIfNoAclFound: allowEveryoneIfNoAclFound ?? false,
      get acls() {
        return stored.all;
      },
    };
  }

  /** The rights of a client; undefined without an authorizer: it may do everything. */
  accessOf(principal: string, host: string): Access | undefined {
    return this.#rules === undefined ? undefined : new Access(this.#rules, { principal, host });
  }

  /** Begins the broker's side of an authentication by a mechanism that is enabled. */
  exchange(mechanism: EmbeddedSaslMechanism): ServerExchange {
    switch (mechanism) {
      case "PLAIN":
        return plainExchange(this.users);
      case "OAUTHBEARER":
        return new OAuthBearerServerExchange(this.#validateToken);
      case "AWS_MSK_IAM":
        return new AwsServerExchange({
          crypto: needed(this.#crypto, mechanism),
          requestId: () => this.#nonce(),
          user: (accessKeyId) => this.users.aws(accessKeyId),
        });
      case "SCRAM-SHA-256":
      case "SCRAM-SHA-512":
        return new ScramServerExchange(mechanism, {
          crypto: needed(this.#crypto, mechanism),
          nonce: () => this.#nonce(),
          account: (...asked) => this.#account(...asked),
        });
    }
  }

  async #account(
    mechanism: ScramMechanism,
    name: string,
    isToken: boolean,
    nowMs: number,
  ): Promise<ScramAccount | undefined> {
    if (!isToken) {
      const credential = await this.users.scram(name, mechanism);
      return credential === undefined ? undefined : { user: name, credential };
    }
    const token = this.tokens?.get(name, nowMs);
    if (this.tokens === undefined || token === undefined) return undefined;
    const user = token.owner.slice(token.owner.indexOf(":") + 1);
    const credential = await this.tokens.credential(token, mechanism);
    return { user, credential, endMs: token.endMs, isDelegated: true };
  }

  #nonce(): string {
    const random = new Uint8Array(NONCE_BYTES);
    this.#entropy.fill(random);
    return base64(random);
  }
}

/** The mechanisms that this platform can do. Throws kind `unsupported` for another one that was given by name. */
function usable(
  asked: readonly EmbeddedSaslMechanism[] | undefined,
  enabled: readonly EmbeddedSaslMechanism[],
  crypto: Crypto | undefined,
): readonly EmbeddedSaslMechanism[] {
  if (crypto !== undefined) return enabled;
  const isHashed = (mechanism: string): boolean => mechanism.startsWith("SCRAM") || mechanism === "AWS_MSK_IAM";
  const first = asked?.find(isHashed);
  if (first !== undefined) needed(crypto, first);
  return enabled.filter((mechanism) => !isHashed(mechanism));
}

function needed(crypto: Crypto | undefined, mechanism: string): Crypto {
  if (crypto !== undefined) return crypto;
  throw new KafkaError(
    "unsupported",
    `EmbeddedCluster: sasl.mechanisms: ${mechanism} needs cryptography, which this platform does not have: ` +
      "pass a platform with `crypto`, or leave the mechanism out",
  );
}
