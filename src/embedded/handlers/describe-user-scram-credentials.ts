import * as ErrorCode from "../../errors/error-code.ts";
import {
  type DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult,
  describeUserScramCredentialsApi,
} from "../../protocol/messages/describe-user-scram-credentials.ts";
import type { Input } from "../../protocol/schema.ts";
import { NO_PASSWORD_ACCESS } from "../acl-messages.ts";
import { type AnyHandler, handler } from "../handler.ts";
import { scramCode } from "../scram-messages.ts";
import type { Users } from "../security/users.ts";

type Described = Input<DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult>;

/** DescribeUserScramCredentials, 0: which users have passwords for SCRAM. The passwords are not returned. */
export function describeUserScramCredentials(): AnyHandler {
  return handler({
    api: describeUserScramCredentialsApi,
    min: 0,
    max: 0,
    handle: ({ users: asked }, { cluster, access }) => {
      const { users } = cluster.security;
      if (access?.deniesCluster("DESCRIBE") === true) return NO_PASSWORD_ACCESS;
      const given = asked?.map(({ name }) => name) ?? [];
      const names = given.length === 0 ? users.scramNames : [...new Set(given)];
      const isTwice = (name: string): boolean => given.indexOf(name) !== given.lastIndexOf(name);
      return { errorMessage: "", results: names.map((name) => describe(name, isTwice(name), users)) };
    },
  });
}

function describe(user: string, isTwice: boolean, users: Users): Described {
  if (isTwice)
    return {
      user,
      errorCode: ErrorCode.DUPLICATE_RESOURCE,
      errorMessage: `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`,
    };
  const infos = users.scramInfos(user);
  if (infos.length === 0)
    return {
      user,
      errorCode: ErrorCode.RESOURCE_NOT_FOUND,
      errorMessage: `Attempt to describe a user credential that does not exist: ${user}`,
    };
  return {
    user,
    errorMessage: null,
    credentialInfos: infos.map(({ mechanism, iterations }) => ({ mechanism: scramCode(mechanism), iterations })),
  };
}
