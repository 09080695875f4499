import type { NewAcl } from "../../security/new-acl.ts";
import type { CallOptions } from "../call-options.ts";
import type { Results } from "../results.ts";
import type { AclBinding, AclFilter } from "./acl.ts";
import type { DelegationToken } from "./delegation-token.ts";
import type {
  CreateDelegationTokenOptions,
  DescribeDelegationTokenOptions,
  ExpireDelegationTokenOptions,
  RenewDelegationTokenOptions,
  TokenOrHmac,
} from "./delegation-tokens.ts";
import type { ScramCredentialAlteration, ScramCredentialKey, UserScramCredentials } from "./scram-credentials.ts";

/** The calls of an admin about rights, SCRAM passwords and delegation tokens. */
export interface SecurityCalls {
  /**
   * Returns the access rules that the filter selects; without a filter, all of them. A cluster without an authorizer
   * rejects with `codeName` SECURITY_DISABLED. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka
   * 2.0 on. Java: `describeAcls`.
   */
  describeAcls(filter?: AclFilter, options?: CallOptions): Promise<readonly AclBinding[]>;

  /**
   * Creates access rules. Each item is a rule, with its complete form as value; one that exists already counts as
   * created. Brokers obey it when they learn of it, some milliseconds later. Accepted when it returns. Deadline,
   * `signal` and `close()`: see {@link Admin}. Brokers from Kafka 2.0 on. Java: `createAcls`.
   */
  createAcls(
    acls: readonly (NewAcl | AclBinding)[],
    options?: CallOptions,
  ): Promise<Results<NewAcl | AclBinding, AclBinding>>;

  /**
   * Deletes all access rules that a filter selects, which can be many: a field that is absent or undefined fits every
   * rule. Each item is a filter, with the deleted rules as value; a filter without any field is refused. After a lost
   * connection the request is sent again, and rules that the first request deleted are missing in the value. Accepted
   * when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 2.0 on. Java:
   * `deleteAcls`.
   */
  deleteAcls(filters: readonly AclFilter[], options?: CallOptions): Promise<Results<AclFilter, readonly AclBinding[]>>;

  /**
   * Returns the SCRAM mechanisms and iterations of users; without a list, of all users that have a SCRAM password. Each
   * item is a user; one that has none fails with `codeName` RESOURCE_NOT_FOUND. Deadline, `signal` and `close()`: see
   * {@link Admin}. Brokers from Kafka 2.7 on. Java: `describeUserScramCredentials`.
   */
  describeUserScramCredentials(
    users?: readonly string[],
    options?: CallOptions,
  ): Promise<Results<string, UserScramCredentials>>;

  /**
   * Sets and deletes users' SCRAM passwords. Each item is a user with a mechanism. Passwords are salted and hashed
   * here, with the platform's `crypto`, and do not travel. Two mechanisms of one user need two requests, which one call
   * sends. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 2.7 on.
   * Java: `alterUserScramCredentials`.
   */
  alterUserScramCredentials(
    alterations: readonly ScramCredentialAlteration[],
    options?: CallOptions,
  ): Promise<Results<ScramCredentialKey, ScramCredentialKey>>;

  /**
   * Creates a delegation token, with which programs that have no password can log in as its owner. The client must have
   * logged in with SASL or a client certificate, and not with a token. If the connection is lost, the call rejects
   * rather than create a second token; `describeDelegationToken` then shows whether there is one. Accepted when it
   * returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 1.1 on. Java:
   * `createDelegationToken`.
   */
  createDelegationToken(options?: CreateDelegationTokenOptions): Promise<DelegationToken>;

  /**
   * Renews a delegation token, given as such or by its HMAC as base64. Returns when it ends now, in ms since the epoch.
   * Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 1.1 on. Java:
   * `renewDelegationToken`.
   */
  renewDelegationToken(token: TokenOrHmac, options?: RenewDelegationTokenOptions): Promise<number>;

  /**
   * Ends a delegation token, at once or after a time. Returns when it ends, in ms since the epoch. Accepted when it
   * returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 1.1 on. Java:
   * `expireDelegationToken`.
   */
  expireDelegationToken(token: TokenOrHmac, options?: ExpireDelegationTokenOptions): Promise<number>;

  /**
   * Returns the delegation tokens that this client may see: those that its user owns, requested or may renew, and those
   * of owners on whom it has the right DESCRIBE_TOKENS. Others are left out without an error. Deadline, `signal` and
   * `close()`: see {@link Admin}. Brokers from Kafka 1.1 on. Java: `describeDelegationToken`.
   */
  describeDelegationToken(options?: DescribeDelegationTokenOptions): Promise<readonly DelegationToken[]>;
}
