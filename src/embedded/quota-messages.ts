import * as ErrorCode from "../errors/error-code.ts";
import type { AlterClientQuotasRequestOpData } from "../protocol/messages/alter-client-quotas.ts";
import { isIpAddress } from "./security/client-address.ts";
import { QUOTA_KEYS, type QuotaKey } from "./state/quotas/client-quotas.ts";
import { ENTITY_TYPES, type QuotaEntity } from "./state/quotas/quota-entity.ts";

/** An error with Kafka's text for it. */
export interface QuotaRefusal {
  readonly errorCode: number;
  readonly errorMessage: string;
}

/** An entity as messages name it. */
export interface NamedEntity {
  readonly entityType: string;
  readonly entityName: string | null;
}

/** A change of one quota; undefined removes it. */
export type QuotaChange = readonly [key: QuotaKey, value: number | undefined];

/** The refusal of a change of partitions by a client that is above its quota (KIP-599). */
export const ABOVE_QUOTA: { readonly errorCode: number; readonly errorMessage: null } = {
  errorCode: ErrorCode.THROTTLING_QUOTA_EXCEEDED,
  errorMessage: null,
};

const NUMBER_TYPES: Readonly<Record<QuotaKey, "DOUBLE" | "LONG" | "INT">> = {
  producer_byte_rate: "LONG",
  consumer_byte_rate: "LONG",
  request_percentage: "DOUBLE",
  controller_mutation_rate: "DOUBLE",
  connection_creation_rate: "INT",
};
const MOST = { DOUBLE: Infinity, LONG: 2 ** 63, INT: 2 ** 31 - 1 };
/** A value may be so far from a whole number. */
const ROUNDING = 1e-6;

/** The refusal of a request, in Kafka's words. */
export function invalidQuota(errorMessage: string): QuotaRefusal {
  return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage };
}

/** The last name of each type counts, as in Kafka. */
export function namesOf(entity: readonly NamedEntity[]): ReadonlyMap<string, string | null> {
  return new Map(entity.map(({ entityType, entityName }) => [entityType, entityName]));
}

/** An entity as messages name it, in Kafka's order of types. */
export function namedEntity(names: ReadonlyMap<string, string | null>): readonly NamedEntity[] {
  const place = (type: string): number => {
    const at = (ENTITY_TYPES as readonly string[]).indexOf(type);
    return at < 0 ? ENTITY_TYPES.length : at;
  };
  return [...names]
    .map(([entityType, entityName]) => ({ entityType, entityName }))
    .sort((a, b) => place(a.entityType) - place(b.entityType));
}

/** Reads the entity of a change, or returns why it can have no quotas. */
export function readEntity(names: ReadonlyMap<string, string | null>): QuotaEntity | QuotaRefusal {
  if (names.size === 0) return invalidQuota("Invalid empty client quota entity");
  for (const [type, name] of names) {
    if (!(ENTITY_TYPES as readonly string[]).includes(type))
      return invalidQuota(`Unhandled client quota entity type: ${type}`);
    if (name === "") return invalidQuota(`Empty ${type} not supported`);
  }
  if (names.has("ip") && names.size > 1)
    return invalidQuota("Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId");
  const ip = names.get("ip");
  if (typeof ip === "string" && ip !== "localhost" && !isIpAddress(ip))
    return invalidQuota(`${ip} is not a valid IP or resolvable host.`);
  return Object.fromEntries(names);
}

/** Reads the changes of an entity's quotas, or returns why they are invalid: the first invalid one counts. */
export function readChanges(
  entity: QuotaEntity,
  ops: readonly Omit<AlterClientQuotasRequestOpData, "unknownTaggedFields">[],
): readonly QuotaChange[] | QuotaRefusal {
  const changes: QuotaChange[] = [];
  for (const { key, value, remove } of ops) {
    const known = QUOTA_KEYS.find((one) => one === key);
    if (remove) {
      // Kafka removes what is not there without an error, also a quota that does not exist.
      if (known !== undefined) changes.push([known, undefined]);
      continue;
    }
    if (known === undefined || (known === "connection_creation_rate") !== "ip" in entity)
      return invalidQuota(`Invalid configuration key ${key}`);
    const error = valueError(known, value);
    if (error !== undefined) return invalidQuota(error);
    changes.push([known, value]);
  }
  return changes;
}

/** An entity as Kafka's messages show it. */
export function shownEntity(names: ReadonlyMap<string, string | null>): string {
  const entries = namedEntity(names).map(({ entityType, entityName }) => `${entityType}=${String(entityName)}`);
  return `ClientQuotaEntity(entries={${entries.join(", ")}})`;
}

function valueError(key: QuotaKey, value: number): string | undefined {
  if (!Number.isFinite(value)) return `Quota ${key} must be a finite number`;
  if (value <= 0) return `Quota ${key} must be greater than 0`;
  const type = NUMBER_TYPES[key];
  if (type === "DOUBLE") return undefined;
  if (value > MOST[type]) return `Proposed value for ${key} is too large for ${type === "INT" ? "an" : "a"} ${type}.`;
  return value % 1 > ROUNDING ? `${key} cannot be a fractional value.` : undefined;
}
