import type { Cluster } from "../cluster/cluster.ts";
import { ClusterClient } from "../cluster/cluster-client.ts";
import type { NewAcl } from "../security/new-acl.ts";
import type { AclBinding, AclFilter } from "./acl.ts";
import { createAcls, deleteAcls, describeAcls } from "./acls.ts";
import { AdminBase } from "./admin-base.ts";
import type { CallOptions } from "./call-options.ts";
import { CreatedTokens } from "./created-tokens.ts";
import { type ClusterDescription, describeCluster, type DescribeClusterOptions } from "./describe-cluster.ts";
import type { DelegationToken } from "./delegation-token.ts";
import {
  type CreateDelegationTokenOptions,
  createDelegationToken,
  type DescribeDelegationTokenOptions,
  describeDelegationToken,
  type ExpireDelegationTokenOptions,
  expireDelegationToken,
  type RenewDelegationTokenOptions,
  renewDelegationToken,
  type TokenOrHmac,
} from "./delegation-tokens.ts";
import type { Results } from "./results.ts";
import {
  alterUserScramCredentials,
  describeUserScramCredentials,
  type ScramCredentialAlteration,
  type ScramCredentialKey,
  type UserScramCredentials,
} from "./scram-credentials.ts";
import {
  type CreatedTopics,
  type NewTopic,
  type TopicDescription,
  createTopics,
  deleteTopics,
  describeTopics,
  listTopics,
} from "./topics.ts";

/**
 * Administers a cluster. Each call retries until `timeoutMs` (default 60000, Java's `default.api.timeout.ms`) and then
 * rejects with kind `timeout`. A `signal` that fires ends the wait with kind `cancelled`, `close()` with kind `closed`;
 * a request that was sent may still be carried out. Java: `org.apache.kafka.clients.admin.Admin`.
 *
 * A call that returns {@link Results} resolves with a value or an error for each item; call `orThrow()` if no item may
 * fail. Only the items that may be sent again are sent again. An item without an answer at the deadline has an error of
 * kind `timeout`; such a call rejects only for wrong arguments, by its `signal`, and by `close()`.
 */
export class Admin extends AdminBase {
  readonly #client: ClusterClient;
  readonly #created: CreatedTopics = new Map<string, number>();
  readonly #createdTokens = new CreatedTokens();

  /** @internal */
  constructor(cluster: Cluster) {
    super();
    this.#client = new ClusterClient(cluster, "admin");
  }

  /**
   * Creates topics; resolves when the controller has created them and all their partitions have leaders. If a topic
   * exists already, rejects with kind `broker` and `codeName` TOPIC_ALREADY_EXISTS; the other topics of the call are
   * created nevertheless. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Java:
   * `createTopics`.
   */
  createTopics(topics: readonly NewTopic[], options: CallOptions = {}): Promise<void> {
    return createTopics(this.#client, topics, options, this.#created);
  }

  /**
   * Deletes topics with all their records; resolves when the controller has deleted them. If a topic is unknown,
   * rejects with kind `broker`; the other topics are deleted nevertheless. Accepted when it returns. Deadline, `signal`
   * and `close()`: see {@link Admin}. Java: `deleteTopics`.
   */
  deleteTopics(topics: readonly string[], options: CallOptions = {}): Promise<void> {
    return deleteTopics(this.#client, topics, options, this.#created);
  }

  /**
   * Returns the names of all topics that this client may see, sorted. Deadline, `signal` and `close()`: see
   * {@link Admin}. Java: `listTopics`.
   */
  listTopics(options: CallOptions = {}): Promise<readonly string[]> {
    return listTopics(this.#client, options);
  }

  /**
   * Returns partitions, leaders and replicas of topics. If a topic is unknown, rejects at once with kind `broker`, its
   * name and `codeName` UNKNOWN_TOPIC_OR_PARTITION. Deadline, `signal` and `close()`: see {@link Admin}. Java:
   * `describeTopics`.
   */
  describeTopics(topics: readonly string[], options: CallOptions = {}): Promise<readonly TopicDescription[]> {
    return describeTopics(this.#client, topics, options, this.#created);
  }

  /**
   * Returns the cluster's id, its brokers with their addresses, and its controller. Needs no right, except for
   * `includeAuthorizedOperations`: a user without DESCRIBE on the cluster then gets an empty list. Deadline, `signal`
   * and `close()`: see {@link Admin}. Brokers from Kafka 2.8 on. Java: `describeCluster`.
   */
  describeCluster(options: DescribeClusterOptions = {}): Promise<ClusterDescription> {
    return describeCluster(this.#client, options);
  }

  /**
   * Returns the access rules that the filter selects; without a filter, all of them. A cluster without an authorizer
   * rejects with `codeName` SECURITY_DISABLED. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka
   * 2.0 on. Java: `describeAcls`.
   */
  describeAcls(filter: AclFilter = {}, options: CallOptions = {}): Promise<readonly AclBinding[]> {
    return describeAcls(this.#client, filter, options);
  }

  /**
   * Creates access rules. Each item is a rule, with its complete form as value; one that exists already counts as
   * created. Brokers obey it when they learn of it, some milliseconds later. Accepted when it returns. Deadline,
   * `signal` and `close()`: see {@link Admin}. Brokers from Kafka 2.0 on. Java: `createAcls`.
   */
  createAcls(
    acls: readonly (NewAcl | AclBinding)[],
    options: CallOptions = {},
  ): Promise<Results<NewAcl | AclBinding, AclBinding>> {
    return createAcls(this.#client, acls, options);
  }

  /**
   * Deletes all access rules that a filter selects, which can be many: a field that is absent or undefined fits every
   * rule. Each item is a filter, with the deleted rules as value; a filter without any field is refused. After a lost
   * connection the request is sent again, and rules that the first request deleted are missing in the value. Accepted
   * when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 2.0 on. Java:
   * `deleteAcls`.
   */
  deleteAcls(
    filters: readonly AclFilter[],
    options: CallOptions = {},
  ): Promise<Results<AclFilter, readonly AclBinding[]>> {
    return deleteAcls(this.#client, filters, options);
  }

  /**
   * Returns the SCRAM mechanisms and iterations of users; without a list, of all users that have a SCRAM password. Each
   * item is a user; one that has none fails with `codeName` RESOURCE_NOT_FOUND. Deadline, `signal` and `close()`: see
   * {@link Admin}. Brokers from Kafka 2.7 on. Java: `describeUserScramCredentials`.
   */
  describeUserScramCredentials(
    users?: readonly string[],
    options: CallOptions = {},
  ): Promise<Results<string, UserScramCredentials>> {
    return describeUserScramCredentials(this.#client, users, options);
  }

  /**
   * Sets and deletes users' SCRAM passwords. Each item is a user with a mechanism. Passwords are salted and hashed
   * here, with the platform's `crypto`, and do not travel. Two mechanisms of one user need two requests, which one call
   * sends. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 2.7 on.
   * Java: `alterUserScramCredentials`.
   */
  alterUserScramCredentials(
    alterations: readonly ScramCredentialAlteration[],
    options: CallOptions = {},
  ): Promise<Results<ScramCredentialKey, ScramCredentialKey>> {
    return alterUserScramCredentials(this.#client, alterations, options);
  }

  /**
   * Creates a delegation token, with which programs that have no password can log in as its owner. The client must have
   * logged in with SASL or a client certificate, and not with a token. If the connection is lost, the call rejects
   * rather than create a second token; `describeDelegationToken` then shows whether there is one. Accepted when it
   * returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 1.1 on. Java:
   * `createDelegationToken`.
   */
  createDelegationToken(options: CreateDelegationTokenOptions = {}): Promise<DelegationToken> {
    return createDelegationToken(this.#client, options, this.#createdTokens);
  }

  /**
   * Renews a delegation token, given as such or by its HMAC as base64. Returns when it ends now, in ms since the epoch.
   * Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 1.1 on. Java:
   * `renewDelegationToken`.
   */
  renewDelegationToken(token: TokenOrHmac, options: RenewDelegationTokenOptions = {}): Promise<number> {
    return renewDelegationToken(this.#client, token, options, this.#createdTokens);
  }

  /**
   * Ends a delegation token, at once or after a time. Returns when it ends, in ms since the epoch. Accepted when it
   * returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 1.1 on. Java:
   * `expireDelegationToken`.
   */
  expireDelegationToken(token: TokenOrHmac, options: ExpireDelegationTokenOptions = {}): Promise<number> {
    return expireDelegationToken(this.#client, token, options, this.#createdTokens);
  }

  /**
   * Returns the delegation tokens that this client may see: those that its user owns, requested or may renew, and those
   * of owners on whom it has the right DESCRIBE_TOKENS. Others are left out without an error. Deadline, `signal` and
   * `close()`: see {@link Admin}. Brokers from Kafka 1.1 on. Java: `describeDelegationToken`.
   */
  describeDelegationToken(options: DescribeDelegationTokenOptions = {}): Promise<readonly DelegationToken[]> {
    return describeDelegationToken(this.#client, options, this.#createdTokens);
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#client.tasks.isClosed;
  }

  /**
   * Closes the admin's connections; running calls reject with kind `closed`. Accepted when it returns. Has no deadline,
   * because it waits for no broker. A second call returns when the first has ended. Java: `close`.
   */
  close(): Promise<void> {
    return this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
