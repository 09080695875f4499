import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, refusal, type Verdict } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { flag, listOf, oneOf, reading, shape, wholeFrom } from "../../errors/shape.ts";
import type { Connection } from "../../network/connection.ts";
import { alterUserScramCredentialsApi } from "../../protocol/messages/alter-user-scram-credentials.ts";
import {
  type DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult,
  describeUserScramCredentialsApi,
} from "../../protocol/messages/describe-user-scram-credentials.ts";
import type { HashName } from "../../runtime/crypto.ts";
import { carriedName } from "../../security/new-acl.ts";
import { utf8Encode } from "../../wire/utf8.ts";
import { askItems, askOne, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { fieldsOnly, secretly } from "../checks.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import { Results } from "../results.ts";

/** A SCRAM mechanism, by Java's name. */
export type ScramMechanism = "SCRAM-SHA-256" | "SCRAM-SHA-512";

/** A credential of a user, without its secrets: brokers do not return them. Java: `ScramCredentialInfo`. */
export interface ScramCredential {
  /** The mechanism. `UNKNOWN`: one that this version does not know. */
  readonly mechanism: ScramMechanism | "UNKNOWN";
  /** How many times the password was hashed. */
  readonly iterations: number;
}

/** A user that can log in with SCRAM. Java: `UserScramCredentialsDescription`. */
export interface UserScramCredentials {
  /** The user's name. */
  readonly user: string;
  /** One credential for each mechanism that the user has a password for. */
  readonly credentials: readonly ScramCredential[];
}

/** A credential, by its user and mechanism. */
export interface ScramCredentialKey {
  /** The user's name. */
  readonly user: string;
  /** The mechanism. */
  readonly mechanism: ScramMechanism;
}

/** Sets a user's password for a mechanism. Java: `UserScramCredentialUpsertion`. */
export interface ScramCredentialUpsertion extends ScramCredentialKey {
  /**
   * The password. It is hashed here and does not travel. Kafka applies no SASLprep: the bytes count as they are in
   * UTF-8.
   */
  readonly password: string;
  /** How many times the password is hashed, from 4096 to 16384. More make guessing dearer. Default 4096. */
  readonly iterations?: number;
  /** Left out, or false. */
  readonly delete?: false;
}

/** Deletes a user's password for a mechanism. Java: `UserScramCredentialDeletion`. */
export interface ScramCredentialDeletion extends ScramCredentialKey {
  /** Deletes the credential. */
  readonly delete: true;
}

/** A change of one credential. Java: `UserScramCredentialAlteration`. */
export type ScramCredentialAlteration = ScramCredentialUpsertion | ScramCredentialDeletion;

/** In the order of Kafka's codes. */
const MECHANISMS: readonly (ScramMechanism | "UNKNOWN")[] = ["UNKNOWN", "SCRAM-SHA-256", "SCRAM-SHA-512"];
const HASHES: Readonly<Record<ScramMechanism, HashName>> = { "SCRAM-SHA-256": "SHA-256", "SCRAM-SHA-512": "SHA-512" };
/** Brokers refuse others. */
const [LEAST_ITERATIONS, MOST_ITERATIONS] = [4096, 16_384];
const SALT_BYTES = 32;
/** Null means all users too, but then Kafka 4.4 does not answer a user without the right to describe them. */
const ALL_USERS: readonly string[] = [];

const USERS = listOf(carriedName, ": pass the list of users' names, or undefined for all");
const ALTERATIONS = listOf(
  fieldsOnly(
    shape(
      {
        user: carriedName,
        mechanism: oneOf("SCRAM-SHA-256", "SCRAM-SHA-512"),
        password: secretly("a string that is not empty", (value) => typeof value === "string" && value !== ""),
        iterations: wholeFrom(LEAST_ITERATIONS, MOST_ITERATIONS),
        delete: flag,
      },
      { needs: ["user", "mechanism"], noun: "field", hints: { username: "user", name: "user", remove: "delete" } },
    ),
    "an object with user, mechanism and password, or with delete: true",
  ),
  ": pass the list of changes, [{ user, mechanism, password }]",
);

/** See `Admin.describeUserScramCredentials`. */
export async function describeUserScramCredentials(
  client: ClusterClient,
  users: readonly string[] | undefined,
  options: CallOptions,
): Promise<Results<string, UserScramCredentials>> {
  const what = "cannot describe SCRAM credentials";
  if (users !== undefined) USERS(users, "describeUserScramCredentials: users");
  const limit = callLimit(options, "describeUserScramCredentials");
  if (users === undefined) {
    const found = await askOne(
      client,
      {
        what,
        send: async (connection) => {
          const found = await described(connection, ALL_USERS, what);
          return KafkaError.is(found) ? refusal(found) : done(found);
        },
      },
      limit,
    );
    return new Results(
      found.map((one) => [one.user, valueOf(one)] as const),
      (user) => user,
    );
  }
  const keys = [...new Set(users)];
  const results = await askItems<string, UserScramCredentials>(
    client,
    {
      what,
      keys,
      route: { to: "any" },
      send: async (connection, asked) => {
        const found = await described(connection, asked, what);
        if (KafkaError.is(found)) throw found;
        return asked.map((user) => {
          const value = valueOf(found.find((one) => one.user === user) ?? notAnswered("DescribeUserScramCredentials"));
          return KafkaError.is(value) ? itemVerdict(value) : done(value);
        });
      },
    },
    limit,
  );
  return resultsOf(keys, results, (user) => user);
}

type DescribedUser = DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult;

async function described(
  connection: Connection,
  users: readonly string[],
  what: string,
): Promise<readonly DescribedUser[] | KafkaError> {
  const { errorCode, errorMessage, results } = await connection.request(describeUserScramCredentialsApi, {
    users: users.map((user) => ({ name: user })),
  });
  return errorCode === ErrorCode.NONE ? results : itemError(errorCode, what, errorMessage);
}

function valueOf({ user, errorCode, errorMessage, credentialInfos }: DescribedUser): UserScramCredentials | KafkaError {
  if (errorCode !== ErrorCode.NONE)
    return itemError(errorCode, `cannot describe the SCRAM credentials of ${user}`, errorMessage);
  const credentials = credentialInfos.map(({ mechanism, iterations }) => ({
    mechanism: MECHANISMS[mechanism] ?? "UNKNOWN",
    iterations,
  }));
  return { user, credentials };
}

/** See `Admin.alterUserScramCredentials`. */
export async function alterUserScramCredentials(
  client: ClusterClient,
  alterations: readonly ScramCredentialAlteration[],
  options: CallOptions,
): Promise<Results<ScramCredentialKey, ScramCredentialKey>> {
  const path = "alterUserScramCredentials: alterations";
  ALTERATIONS(alterations, path);
  const changes = reading(path, () => alterations.map((one, i) => new Change(one, `${path}[${i}]`)));
  const limit = callLimit(options, "alterUserScramCredentials");
  const twice = changes.find((one, i) => changes.findIndex((other) => idOf(other) === idOf(one)) < i);
  if (twice !== undefined)
    throw new KafkaError("config", `${path} has two changes of ${twice.mechanism} for user ${twice.user}: pass one`);
  if (client.cluster.options.crypto === undefined && changes.some(({ isDeletion }) => !isDeletion))
    throw new KafkaError("unsupported", "a SCRAM password needs a platform with crypto, and this one has none");
  const results = await askItems<Change, ScramCredentialKey>(
    client,
    {
      what: `cannot alter ${counted(changes.length, "SCRAM credential")}`,
      keys: changes,
      route: { to: "controller" },
      isChange: true,
      send: async (connection, asked, { signal }) => {
        await Promise.all(asked.map((change) => change.prepare(client)));
        const verdicts = new Map<Change, Verdict<ScramCredentialKey>>();
        for (const round of roundsOf(asked)) {
          // The call is over: it must not change anything any more.
          if (signal.aborted) throw signal.reason ?? new KafkaError("cancelled", "the call has ended");
          for (const [change, verdict] of await alter(connection, round)) verdicts.set(change, verdict);
        }
        return asked.map((change) => verdicts.get(change) ?? notAnswered("AlterUserScramCredentials"));
      },
    },
    limit,
  );
  const keys = changes.map(({ user, mechanism }) => ({ user, mechanism }));
  return resultsOf(keys, results, idOf);
}

/** A broker refuses a request that names a user twice (DUPLICATE_RESOURCE), also with another mechanism. */
function roundsOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const rounds: Change[][] = [];
  for (const change of changes) {
    const round = rounds.find((one) => one.every(({ user }) => user !== change.user));
    if (round === undefined) rounds.push([change]);
    else round.push(change);
  }
  return rounds;
}

/** Sends one request. If it fails, that is the verdict on its changes alone: those of other rounds may be done. */
async function alter(
  connection: Connection,
  changes: readonly Change[],
): Promise<ReadonlyMap<Change, Verdict<ScramCredentialKey>>> {
  try {
    const { results } = await connection.request(alterUserScramCredentialsApi, {
      deletions: changes.filter(({ isDeletion }) => isDeletion).map((change) => change.deletion()),
      upsertions: changes.filter(({ isDeletion }) => !isDeletion).map((change) => change.upsertion()),
    });
    return new Map(
      changes.map((change) => {
        const { user, mechanism } = change;
        const found = results.find((result) => result.user === user) ?? notAnswered("AlterUserScramCredentials");
        const { errorCode, errorMessage } = found;
        if (errorCode === ErrorCode.NONE) return [change, done({ user, mechanism })] as const;
        const what = `cannot ${change.isDeletion ? "delete" : "set"} the ${mechanism} password of ${user}`;
        return [change, itemVerdict(itemError(errorCode, what, errorMessage))] as const;
      }),
    );
  } catch (error) {
    const failure = refusal(KafkaError.from(error));
    return new Map(changes.map((change) => [change, failure]));
  }
}

function idOf({ user, mechanism }: ScramCredentialKey): string {
  return JSON.stringify([user, mechanism]);
}

/** A checked change. Its secrets are in private fields, so that nothing prints them. */
class Change implements ScramCredentialKey {
  readonly user: string;
  readonly mechanism: ScramMechanism;
  readonly isDeletion: boolean;
  readonly #iterations: number;
  readonly #password: Uint8Array;
  #salted: { readonly salt: Uint8Array; readonly saltedPassword: Uint8Array } | undefined;

  constructor(alteration: ScramCredentialAlteration, path: string) {
    const { user, mechanism } = alteration;
    const { password, iterations } = alteration as Partial<ScramCredentialUpsertion>;
    this.user = user;
    this.mechanism = mechanism;
    this.isDeletion = alteration.delete === true;
    if (this.isDeletion === (password !== undefined))
      throw new KafkaError(
        "config",
        `${path} takes password or delete: true, and ${password === undefined ? "has neither" : "has both"}`,
      );
    if (this.isDeletion && iterations !== undefined)
      throw new KafkaError("config", `${path} takes no iterations with delete: true`);
    this.#iterations = iterations ?? LEAST_ITERATIONS;
    this.#password = utf8Encode(password ?? "");
  }

  /** Hashes the password, at the first call. */
  async prepare({ cluster: { options } }: ClusterClient): Promise<void> {
    const { crypto, entropy } = options;
    if (this.isDeletion || this.#salted !== undefined || crypto === undefined) return;
    const salt = new Uint8Array(SALT_BYTES);
    entropy.fill(salt);
    const saltedPassword = await crypto.pbkdf2(HASHES[this.mechanism], this.#password, salt, this.#iterations);
    this.#salted ??= { salt, saltedPassword };
  }

  deletion(): { readonly name: string; readonly mechanism: number } {
    return { name: this.user, mechanism: MECHANISMS.indexOf(this.mechanism) };
  }

  upsertion(): ReturnType<Change["deletion"]> & { iterations: number; salt: Uint8Array; saltedPassword: Uint8Array } {
    if (this.#salted === undefined) throw new KafkaError("internal", "a SCRAM password was not hashed");
    return { ...this.deletion(), iterations: this.#iterations, ...this.#salted };
  }
}
