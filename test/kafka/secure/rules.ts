import assert from "node:assert/strict";
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { nodeConnector } from "../../../src/platform/node/connector.ts";
import {
  type AlterUserScramCredentialsRequest,
  alterUserScramCredentialsApi,
} from "../../../src/protocol/messages/alter-user-scram-credentials.ts";
import { createAclsApi } from "../../../src/protocol/messages/create-acls.ts";
import { deleteAclsApi } from "../../../src/protocol/messages/delete-acls.ts";
import { describeAclsApi } from "../../../src/protocol/messages/describe-acls.ts";
import { incrementalAlterConfigsApi } from "../../../src/protocol/messages/incremental-alter-configs.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { RawClient } from "../../embedded/raw-client.ts";

/** Kafka's numbers for the things that a rule is about. */
const RESOURCES = { topic: 2, group: 3, cluster: 4, transactionalId: 5 } as const;
const OPERATIONS = { all: 2, read: 3, write: 4, create: 5, describe: 8, idempotentWrite: 12 } as const;
const ANY = 1;
const LITERAL = 3;
const PREFIXED = 4;
const DENY = 2;
const ALLOW = 3;
const MECHANISMS = { "SCRAM-SHA-256": 1, "SCRAM-SHA-512": 2 } as const;
const BROKER = 4;
const SET = 0;

export type ScramName = keyof typeof MECHANISMS;

/** A right of a user. */
export interface Rule {
  readonly user: string;
  readonly resource: keyof typeof RESOURCES;
  /** The resource's name; with a final `*`, all names that begin so. */
  readonly name: string;
  readonly operation: keyof typeof OPERATIONS;
  /** Whether it is forbidden. */
  readonly isDenied?: boolean;
}

/** Changes users and rules while clients run, through a listener on which everything is allowed. */
export class Rules {
  readonly #client: RawClient;

  static async connect(bootstrapServers: string): Promise<Rules> {
    return new Rules(await RawClient.connect(nodeConnector(), bootstrapServers));
  }

  private constructor(client: RawClient) {
    this.#client = client;
  }

  /** Creates rules, and waits until the broker follows them. */
  async allow(...rules: readonly Rule[]): Promise<void> {
    const creations = rules.map((rule) => ({
      ...resourceOf(rule),
      principal: `User:${rule.user}`,
      host: "*",
      operation: OPERATIONS[rule.operation],
      permissionType: rule.isDenied === true ? DENY : ALLOW,
    }));
    const { results } = await this.#client.request(createAclsApi, { creations });
    for (const { errorCode, errorMessage } of results) assert.equal(errorCode, 0, errorMessage ?? "");
    for (const rule of rules) await this.until(rule, (count) => count > 0);
  }

  /** Deletes rules, and waits until the broker has forgotten them. */
  async revoke(...rules: readonly Rule[]): Promise<void> {
    const { filterResults } = await this.#client.request(deleteAclsApi, { filters: rules.map(filterOf) });
    for (const { errorCode, matchingAcls } of filterResults)
      assert.deepEqual([errorCode, matchingAcls.length], [0, 1], "no such rule");
    for (const rule of rules) await this.until(rule, (count) => count === 0);
  }

  /** Sets the password of a user for SCRAM. A broker follows some milliseconds later. */
  async setPassword(mechanism: ScramName, user: string, password: string, iterations = 4096): Promise<void> {
    const salt = randomBytes(16);
    const [hash, size] = mechanism === "SCRAM-SHA-256" ? (["sha256", 32] as const) : (["sha512", 64] as const);
    const saltedPassword = pbkdf2Sync(password, salt, iterations, size, hash);
    const credential = { name: user, mechanism: MECHANISMS[mechanism], iterations, salt, saltedPassword };
    await this.alter({ upsertions: [credential], deletions: [] });
  }

  /** Deletes a user of SCRAM. A broker follows some milliseconds later. */
  deleteUser(mechanism: ScramName, user: string): Promise<void> {
    return this.alter({ upsertions: [], deletions: [{ name: user, mechanism: MECHANISMS[mechanism] }] });
  }

  /** Sets configs of the broker while it runs. */
  async setConfigs(nodeId: number, configs: Readonly<Record<string, string>>): Promise<void> {
    const entries = Object.entries(configs).map(([name, value]) => ({ name, value, configOperation: SET }));
    const resource = { resourceType: BROKER, resourceName: String(nodeId), configs: entries };
    const { responses } = await this.#client.request(incrementalAlterConfigsApi, { resources: [resource] });
    for (const { errorCode, errorMessage } of responses) assert.equal(errorCode, 0, errorMessage ?? "");
  }

  close(): void {
    this.#client.close();
  }

  private async alter(message: Input<AlterUserScramCredentialsRequest>): Promise<void> {
    const { results } = await this.#client.request(alterUserScramCredentialsApi, message);
    for (const { errorCode, errorMessage } of results) assert.equal(errorCode, 0, errorMessage ?? "");
  }

  private async until(rule: Rule, isEnough: (count: number) => boolean): Promise<void> {
    for (;;) {
      const { errorCode, errorMessage, resources } = await this.#client.request(describeAclsApi, filterOf(rule));
      assert.equal(errorCode, 0, errorMessage ?? "");
      if (isEnough(resources.flatMap(({ acls }) => acls).length)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function resourceOf({ resource, name }: Rule): {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly resourcePatternType: number;
} {
  const isPrefix = name.length > 1 && name.endsWith("*");
  return {
    resourceType: RESOURCES[resource],
    resourceName: isPrefix ? name.slice(0, -1) : name,
    resourcePatternType: isPrefix ? PREFIXED : LITERAL,
  };
}

/** The filter that finds exactly this rule. */
function filterOf(rule: Rule): {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string;
  readonly patternTypeFilter: number;
  readonly principalFilter: string;
  readonly hostFilter: null;
  readonly operation: number;
  readonly permissionType: number;
} {
  const { resourceType, resourceName, resourcePatternType } = resourceOf(rule);
  return {
    resourceTypeFilter: resourceType,
    resourceNameFilter: resourceName,
    patternTypeFilter: resourcePatternType,
    principalFilter: `User:${rule.user}`,
    hostFilter: null,
    operation: OPERATIONS[rule.operation],
    permissionType: rule.isDenied === true ? DENY : ANY,
  };
}
