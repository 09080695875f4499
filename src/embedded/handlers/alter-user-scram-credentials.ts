import * as ErrorCode from "../../errors/error-code.ts";
import {
  type AlterUserScramCredentialsRequestScramCredentialDeletion,
  type AlterUserScramCredentialsRequestScramCredentialUpsertion,
  alterUserScramCredentialsApi,
} from "../../protocol/messages/alter-user-scram-credentials.ts";
import { noAclAccess } from "../acl-messages.ts";
import { type AnyHandler, handler } from "../handler.ts";
import { scramMechanism } from "../scram-messages.ts";
import { ITERATIONS } from "../security/scram-credential.ts";
import type { Users } from "../security/users.ts";

type Deletion = AlterUserScramCredentialsRequestScramCredentialDeletion;
type Upsertion = AlterUserScramCredentialsRequestScramCredentialUpsertion;

/** A password that is deleted or set. */
type Change =
  { readonly user: string; readonly deletion: Deletion } | { readonly user: string; readonly upsertion: Upsertion };

/** An error with Kafka's text, or none. */
interface Outcome {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

const DONE: Outcome = { errorCode: ErrorCode.NONE, errorMessage: null };
const TWICE: Outcome = {
  errorCode: ErrorCode.DUPLICATE_RESOURCE,
  errorMessage: "A user credential cannot be altered twice in the same request",
};
const UNKNOWN_MECHANISM: Outcome = {
  errorCode: ErrorCode.UNSUPPORTED_SASL_MECHANISM,
  errorMessage: "Unknown SCRAM mechanism",
};

const ABSENT: Outcome = {
  errorCode: ErrorCode.RESOURCE_NOT_FOUND,
  errorMessage: "Attempt to delete a user credential that does not exist",
};

/** AlterUserScramCredentials, 0: sets and deletes passwords. They have an effect on the next authentication. */
export function alterUserScramCredentials(): AnyHandler {
  return handler({
    api: alterUserScramCredentialsApi,
    min: 0,
    max: 0,
    handle: ({ deletions, upsertions }, { cluster, access }) => {
      const { users } = cluster.security;
      const changes: readonly Change[] = [
        ...deletions.map((deletion) => ({ user: deletion.name, deletion })),
        ...upsertions.map((upsertion) => ({ user: upsertion.name, upsertion })),
      ];
      const names = [...new Set(changes.map(({ user }) => user))];
      if (access?.deniesCluster("ALTER") === true)
        return { results: names.map((user) => ({ user, ...noAclAccess("ALTER") })) };
      return {
        results: names.map((user) => {
          const [first, ...others] = changes.filter((change) => change.user === user);
          const error = first === undefined ? undefined : changeError(first, users);
          if (first === undefined || error !== undefined) return { user, ...(error ?? DONE) };
          // One request may name a user once, not once for each mechanism. An error of the first change comes before.
          if (others.length > 0) return { user, ...TWICE };
          apply(first, users);
          return { user, ...DONE };
        }),
      };
    },
  });
}

function changeError(change: Change, users: Users): Outcome | undefined {
  return "deletion" in change ? deletionError(change.deletion, users) : upsertionError(change.upsertion, users);
}

function deletionError({ name, mechanism }: Deletion, users: Users): Outcome | undefined {
  const known = scramMechanism(mechanism);
  if (name === "") return unacceptable("Username must not be empty");
  if (known === undefined) return UNKNOWN_MECHANISM;
  return users.scramInfos(name).some((info) => info.mechanism === known) ? undefined : ABSENT;
}

function upsertionError({ name, mechanism, iterations }: Upsertion, users: Users): Outcome | undefined {
  if (name === "") return unacceptable("Username must not be empty");
  if (scramMechanism(mechanism) === undefined || !users.canHash) return UNKNOWN_MECHANISM;
  if (iterations < ITERATIONS.least) return unacceptable("Too few iterations");
  return iterations > ITERATIONS.most ? unacceptable("Too many iterations") : undefined;
}

/** Makes a change without an error. */
function apply(change: Change, users: Users): void {
  const { name, mechanism } = "deletion" in change ? change.deletion : change.upsertion;
  const known = scramMechanism(mechanism);
  if (known === undefined) return;
  if ("deletion" in change) return users.deleteScram(name, known);
  const { salt, saltedPassword, iterations } = change.upsertion;
  users.setScram(name, known, { salt: salt.slice(), saltedPassword: saltedPassword.slice(), iterations });
}

function unacceptable(errorMessage: string): Outcome {
  return { errorCode: ErrorCode.UNACCEPTABLE_CREDENTIAL, errorMessage };
}
