import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import { createAcls, deleteAcls, describeAcls } from "./acls.ts";
import {
  createDelegationToken,
  describeDelegationToken,
  expireDelegationToken,
  renewDelegationToken,
} from "./delegation-tokens.ts";
import { alterUserScramCredentials, describeUserScramCredentials } from "./scram-credentials.ts";
import type { SecurityCalls } from "./security-calls.ts";

export function securityCalls({ client, createdTokens }: AdminContext): LoadedCalls<SecurityCalls> {
  return {
    describeAcls: (filter = {}, options = {}) => describeAcls(client, filter, options),
    createAcls: (acls, options = {}) => createAcls(client, acls, options),
    deleteAcls: (filters, options = {}) => deleteAcls(client, filters, options),
    describeUserScramCredentials: (users, options = {}) => describeUserScramCredentials(client, users, options),
    alterUserScramCredentials: (alterations, options = {}) => alterUserScramCredentials(client, alterations, options),
    createDelegationToken: (options = {}) => createDelegationToken(client, options, createdTokens),
    renewDelegationToken: (token, options = {}) => renewDelegationToken(client, token, options, createdTokens),
    expireDelegationToken: (token, options = {}) => expireDelegationToken(client, token, options, createdTokens),
    describeDelegationToken: (options = {}) => describeDelegationToken(client, options, createdTokens),
  };
}
