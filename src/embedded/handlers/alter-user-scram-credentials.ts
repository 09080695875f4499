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

/** AlterUserScramCredentials, 0: sets and deletes passwords. They have an effect on the next authentication. */
export function alterUserScramCredentials(): AnyHandler {
  return handler({
    api: alterUserScramCredentialsApi,
    min: 0,
    max: 0,
    handle: ({ deletions, upsertions }, { cluster, access }) => {
      const { users } = cluster.security;
      const all = [...deletions, ...upsertions].map(({ name }) => name);
      const names = [...new Set(all)];
      if (access?.deniesCluster("ALTER") === true)
        return { results: names.map((user) => ({ user, ...noAclAccess("ALTER") })) };
      return {
        results: names.map((user) => {
          // One request may name a user once, not once for each mechanism.
          if (all.indexOf(user) !== all.lastIndexOf(user)) return { user, ...TWICE };
          const deletion = deletions.find(({ name }) => name === user);
          const upsertion = upsertions.find(({ name }) => name === user);
          return { user, ...(deletion === undefined ? upsert(upsertion, users) : remove(deletion, users)) };
        }),
      };
    },
  });
}

function remove({ name, mechanism }: AlterUserScramCredentialsRequestScramCredentialDeletion, users: Users): Outcome {
  const known = scramMechanism(mechanism);
  if (name === "") return unacceptable("Username must not be empty");
  if (known === undefined) return UNKNOWN_MECHANISM;
  if (!users.scramInfos(name).some((info) => info.mechanism === known))
    return {
      errorCode: ErrorCode.RESOURCE_NOT_FOUND,
      errorMessage: "Attempt to delete a user credential that does not exist",
    };
  users.deleteScram(name, known);
  return DONE;
}

function upsert(given: AlterUserScramCredentialsRequestScramCredentialUpsertion | undefined, users: Users): Outcome {
  const { name = "", mechanism = 0, iterations = 0 } = given ?? {};
  const known = scramMechanism(mechanism);
  if (given === undefined || name === "") return unacceptable("Username must not be empty");
  if (known === undefined || !users.canHash) return UNKNOWN_MECHANISM;
  if (iterations < ITERATIONS.least) return unacceptable("Too few iterations");
  if (iterations > ITERATIONS.most) return unacceptable("Too many iterations");
  const [salt, saltedPassword] = [given.salt.slice(), given.saltedPassword.slice()];
  users.setScram(name, known, { salt, saltedPassword, iterations });
  return DONE;
}

function unacceptable(errorMessage: string): Outcome {
  return { errorCode: ErrorCode.UNACCEPTABLE_CREDENTIAL, errorMessage };
}
