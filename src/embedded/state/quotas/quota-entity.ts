/** The types of entities that can have quotas, in the order in which Kafka returns them. */
export const ENTITY_TYPES = ["client-id", "user", "ip"] as const;
/** The type of an entity that can have quotas. */
export type QuotaEntityType = (typeof ENTITY_TYPES)[number];

/**
 * An entity that has quotas: a user, a client id, both together, or an IP address. null stands for the default of all
 * that have no quota of their own.
 */
export type QuotaEntity = { readonly [T in QuotaEntityType]?: string | null };

/** Equal for equal entities. */
export function entityId(entity: QuotaEntity): string {
  return JSON.stringify(ENTITY_TYPES.map((type) => entity[type]).map((name) => (name === undefined ? 0 : name)));
}
