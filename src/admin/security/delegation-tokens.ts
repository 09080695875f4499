import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, refusal, type Verdict } from "../../cluster/routing/verdict.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { type Check, listOf, reading, wholeFrom } from "../../errors/shape.ts";
import type { Connection } from "../../network/connection.ts";
import { createDelegationTokenApi } from "../../protocol/messages/create-delegation-token.ts";
import { describeDelegationTokenApi } from "../../protocol/messages/describe-delegation-token.ts";
import { expireDelegationTokenApi } from "../../protocol/messages/expire-delegation-token.ts";
import { renewDelegationTokenApi } from "../../protocol/messages/renew-delegation-token.ts";
import { base64, fromBase64 } from "../../security/base64.ts";
import { principal } from "../../security/new-acl.ts";
import type { Secret } from "../../security/secret.ts";
import { askOne } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import type { CreatedTokens } from "./created-tokens.ts";
import { DelegationToken } from "./delegation-token.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import { partsOf, principalOf } from "./principal.ts";
import { secretly } from "../checks.ts";

/** Options of `Admin.createDelegationToken`. */
export interface CreateDelegationTokenOptions extends CallOptions {
  /**
   * The principal that logins with the token have, for example `User:alice`. Default: the user of this client. Another
   * owner needs Kafka 3.3 and the right CREATE_TOKENS on that user. Java: `owner`.
   */
  readonly owner?: string;
  /** The principals that may renew the token besides its owner. Default: none. Java: `renewers`. */
  readonly renewers?: readonly string[];
  /**
   * How long the token can live, in ms, also if it is renewed. Default, and the most that brokers grant:
   * `delegation.token.max.lifetime.ms` (7 days). Java: `maxlifeTimeMs`.
   */
  readonly maxLifetimeMs?: number;
}

/** Options of `Admin.renewDelegationToken`. */
export interface RenewDelegationTokenOptions extends CallOptions {
  /**
   * For how long from now to renew the token, in ms, at most until its `maxTimestamp`. Default: the broker's
   * `delegation.token.expiry.time.ms` (1 day). Java: `renewTimePeriodMs`.
   */
  readonly renewTimePeriodMs?: number;
}

/** Options of `Admin.expireDelegationToken`. */
export interface ExpireDelegationTokenOptions extends CallOptions {
  /**
   * After which time from now the token ends, in ms. Default: at once, and the token is deleted. Java:
   * `expiryTimePeriodMs`.
   */
  readonly expiryTimePeriodMs?: number;
}

/** Options of `Admin.describeDelegationToken`. */
export interface DescribeDelegationTokenOptions extends CallOptions {
  /** The owners whose tokens to return. Default: those of all owners. Java: `owners`. */
  readonly owners?: readonly string[];
}

/** A token, or its HMAC as base64. */
export type TokenOrHmac = DelegationToken | Secret<string> | string;

const PERIOD = wholeFrom(1);
const OWNERS = listOf(principal);
const CREATE = optionsWith(
  { owner: principal, renewers: OWNERS, maxLifetimeMs: PERIOD },
  { maxLifeTimeMs: "maxLifetimeMs", maxlifeTimeMs: "maxLifetimeMs" },
);
const RENEW = optionsWith({ renewTimePeriodMs: PERIOD }, { renewPeriodMs: "renewTimePeriodMs" });
const EXPIRE = optionsWith({ expiryTimePeriodMs: PERIOD }, { expiryPeriodMs: "expiryTimePeriodMs" });
const DESCRIBE = optionsWith({ owners: OWNERS });
const HMAC: Check = secretly(
  "a token, or its HMAC as base64",
  (value) => typeof value === "string" && value !== "" && fromBase64(value) !== undefined,
);

/** The broker's own default of a period. */
const BROKERS_DEFAULT = -1;
const AT_ONCE = -1;

/** See `Admin.createDelegationToken`. */
export async function createDelegationToken(
  client: ClusterClient,
  options: CreateDelegationTokenOptions,
  created: CreatedTokens,
): Promise<DelegationToken> {
  const call = "createDelegationToken";
  const limit = callLimit(options, call, CREATE);
  const { owner, renewers, maxLifetimeMs } = reading(call, () => ({
    ...options,
    renewers: [...(options.renewers ?? [])],
  }));
  const what = `cannot create a delegation token${owner === undefined ? "" : ` for ${owner}`}`;
  const token = await askOne(
    client,
    {
      what,
      isChange: true,
      send: async (connection) => {
        const { principalType = null, principalName = null } = owner === undefined ? {} : partsOf(owner);
        const response = await oneToken(() =>
          connection.request(createDelegationTokenApi, {
            // Before version 3 there was no owner. One that is given must not be dropped, and is then an error.
            ...(owner === undefined && connection.version(createDelegationTokenApi) < 3
              ? {}
              : { ownerPrincipalType: principalType, ownerPrincipalName: principalName }),
            renewers: renewers.map(partsOf),
            maxLifetimeMs: maxLifetimeMs ?? BROKERS_DEFAULT,
          }),
        );
        if (KafkaError.is(response)) return { then: "fail", error: response };
        if (response.errorCode !== ErrorCode.NONE) return itemVerdict(itemError(response.errorCode, what));
        const { tokenId, hmac, issueTimestampMs, expiryTimestampMs, maxTimestampMs } = response;
        return done(
          new DelegationToken(
            {
              tokenId,
              ...principalsOf(response),
              renewers,
              issueTimestamp: issueTimestampMs,
              expiryTimestamp: expiryTimestampMs,
              maxTimestamp: maxTimestampMs,
            },
            base64(hmac),
          ),
        );
      },
    },
    limit,
  );
  created.add(token, client.clock.monotonic());
  return token;
}

/**
 * The answer, or the error if the request may have been carried out. Then it is not sent again: a second token would
 * be created, and the first would be valid although its creator does not know it.
 */
async function oneToken<T>(request: () => Promise<T>): Promise<T | KafkaError> {
  try {
    return await request();
  } catch (error) {
    const failure = KafkaError.from(error);
    if (failure.outcome !== "indefinite") throw failure;
    return failure;
  }
}

/** See `Admin.renewDelegationToken`. */
export async function renewDelegationToken(
  client: ClusterClient,
  token: TokenOrHmac,
  options: RenewDelegationTokenOptions,
  created: CreatedTokens,
): Promise<number> {
  const hmac = hmacOf(token, "renewDelegationToken");
  const limit = callLimit(options, "renewDelegationToken", RENEW);
  const renewPeriodMs = options.renewTimePeriodMs ?? BROKERS_DEFAULT;
  const what = "cannot renew the delegation token";
  return askOne(
    client,
    {
      what,
      isChange: true,
      send: async (connection) =>
        expiryOf(
          await connection.request(renewDelegationTokenApi, { hmac: bytesOf(hmac), renewPeriodMs }),
          what,
          created.isNew(hmac, client.clock.monotonic()),
        ),
    },
    limit,
  );
}

/** See `Admin.expireDelegationToken`. */
export async function expireDelegationToken(
  client: ClusterClient,
  token: TokenOrHmac,
  options: ExpireDelegationTokenOptions,
  created: CreatedTokens,
): Promise<number> {
  const hmac = hmacOf(token, "expireDelegationToken");
  const limit = callLimit(options, "expireDelegationToken", EXPIRE);
  const expiryTimePeriodMs = options.expiryTimePeriodMs ?? AT_ONCE;
  const what = "cannot expire the delegation token";
  const expiry = await askOne(
    client,
    {
      what,
      isChange: true,
      send: async (connection) =>
        expiryOf(
          await connection.request(expireDelegationTokenApi, { hmac: bytesOf(hmac), expiryTimePeriodMs }),
          what,
          created.isNew(hmac, client.clock.monotonic()),
        ),
    },
    limit,
  );
  created.delete(hmac);
  return expiry;
}

/** See `Admin.describeDelegationToken`. */
export async function describeDelegationToken(
  client: ClusterClient,
  options: DescribeDelegationTokenOptions,
  created: CreatedTokens,
): Promise<readonly DelegationToken[]> {
  const limit = callLimit(options, "describeDelegationToken", DESCRIBE);
  const owners = reading("describeDelegationToken", () =>
    options.owners === undefined ? undefined : [...options.owners],
  );
  const what = "cannot describe delegation tokens";
  return askOne(
    client,
    {
      what,
      send: async (connection) => {
        const found = await described(connection, owners, what);
        if (KafkaError.is(found)) return refusal(found);
        const missing = created
          .newIds(owners, client.clock.monotonic())
          .some((id) => found.every(({ tokenId }) => tokenId !== id));
        return missing ? retryLater(itemError(ErrorCode.DELEGATION_TOKEN_NOT_FOUND, what)) : done(found);
      },
    },
    limit,
  );
}

async function described(
  connection: Connection,
  owners: readonly string[] | undefined,
  what: string,
): Promise<readonly DelegationToken[] | KafkaError> {
  const { errorCode, tokens } = await connection.request(describeDelegationTokenApi, {
    owners: owners?.map(partsOf) ?? null,
  });
  if (errorCode !== ErrorCode.NONE) return itemError(errorCode, what);
  return tokens.map(
    ({ hmac, renewers, ...fields }) =>
      new DelegationToken({ ...fields, ...principalsOf(fields), renewers: renewers.map(principalOf) }, base64(hmac)),
  );
}

/** Owner and requester; before version 3 brokers did not name the requester, which was always the owner. */
function principalsOf(wire: {
  readonly principalType: string;
  readonly principalName: string;
  readonly tokenRequesterPrincipalType: string;
  readonly tokenRequesterPrincipalName: string;
}): { readonly owner: string; readonly requester: string } {
  const owner = principalOf(wire);
  const { tokenRequesterPrincipalType: principalType, tokenRequesterPrincipalName: principalName } = wire;
  return { owner, requester: principalName === "" ? owner : principalOf({ principalType, principalName }) };
}

function expiryOf(
  { errorCode, expiryTimestampMs }: { readonly errorCode: number; readonly expiryTimestampMs: number },
  what: string,
  isNew: boolean,
): Verdict<number> {
  if (errorCode === ErrorCode.NONE) return done(expiryTimestampMs);
  const error = itemError(errorCode, what);
  return isNew && errorCode === ErrorCode.DELEGATION_TOKEN_NOT_FOUND ? retryLater(error) : itemVerdict(error);
}

/** For a broker that does not know a new token yet. */
function retryLater(error: KafkaError): Verdict<never> {
  return { then: "retry", error };
}

/** The HMAC of a token as base64. The error for anything else does not show it. */
function hmacOf(token: TokenOrHmac, call: string): string {
  const hmac = reading(`${call}: token`, () => {
    // Not by instanceof: the token may be of another copy of the package.
    const secret: unknown = isObject(token) && "hmac" in token ? token.hmac : token;
    return isObject(secret) && "reveal" in secret ? (secret as Secret<string>).reveal() : secret;
  });
  HMAC(hmac, `${call}: token`);
  return hmac as string;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function bytesOf(hmac: string): Uint8Array {
  return fromBase64(hmac) ?? new Uint8Array(0);
}
