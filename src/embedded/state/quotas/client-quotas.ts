import { hashOrder } from "../../hash-order.ts";
import { entityId, type QuotaEntity } from "./quota-entity.ts";

/** The names of all quotas. */
export const QUOTA_KEYS = [
  "producer_byte_rate",
  "consumer_byte_rate",
  "request_percentage",
  "controller_mutation_rate",
  "connection_creation_rate",
] as const;
/** The name of a quota, as Kafka writes it. */
export type QuotaKey = (typeof QUOTA_KEYS)[number];

/** The quota that applies to a client. */
export interface AppliedQuota {
  /** Bytes, partitions or connections per second, or percent of a thread's time. */
  readonly limit: number;
  /** Clients with the same id share the quota: all of a user, all with a client id, or those that have both. */
  readonly sharedBy: string;
}

/** An entity with its quotas. */
export interface EntityQuotas {
  readonly entity: QuotaEntity;
  readonly values: ReadonlyMap<QuotaKey, number>;
}

/** The quotas that are set in a cluster. */
export class ClientQuotas {
  readonly #entities = new Map<string, { readonly entity: QuotaEntity; readonly values: Map<QuotaKey, number> }>();
  /** How many entities have a value for each key. Requests look here first. */
  readonly #counts = new Map<QuotaKey, number>();

  /** Whether any entity has a quota with this name. */
  has(key: QuotaKey): boolean {
    return (this.#counts.get(key) ?? 0) > 0;
  }

  /** All entities that have quotas. */
  get all(): Iterable<EntityQuotas> {
    return this.#entities.values();
  }

  /** Sets quotas of an entity; undefined removes one. Others stay as they are. */
  set(entity: QuotaEntity, changes: Iterable<readonly [key: QuotaKey, value: number | undefined]>): void {
    const id = entityId(entity);
    const found = this.#entities.get(id) ?? { entity, values: new Map<QuotaKey, number>() };
    // Kafka collects the changes in a map, and the values come in its order.
    for (const [key, value] of hashOrder([...changes], ([name]) => name)) {
      const before = found.values.has(key) ? 1 : 0;
      if (value === undefined) found.values.delete(key);
      else found.values.set(key, value);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + (value === undefined ? 0 : 1) - before);
    }
    if (found.values.size === 0) this.#entities.delete(id);
    else this.#entities.set(id, found);
  }

  /**
   * The quota of a client, in Kafka's order: the first of these entities that has a quota with this name. A client
   * without a client id has only the quotas of its user.
   */
  of(key: QuotaKey, user: string, clientId: string): AppliedQuota | undefined {
    if (!this.has(key)) return undefined;
    const both = JSON.stringify([user, clientId]);
    const byUser = JSON.stringify([user, ""]);
    const byClientId = JSON.stringify(["", clientId]);
    const levels: readonly (readonly [entity: QuotaEntity, sharedBy: string])[] = [
      [{ user, "client-id": clientId }, both],
      [{ user, "client-id": null }, both],
      [{ user }, byUser],
      [{ user: null, "client-id": clientId }, both],
      [{ user: null, "client-id": null }, both],
      [{ user: null }, byUser],
      [{ "client-id": clientId }, byClientId],
      [{ "client-id": null }, byClientId],
    ];
    for (const [entity, sharedBy] of levels) {
      if (clientId === "" && "client-id" in entity) continue;
      const limit = this.#value(entity, key);
      if (limit !== undefined) return { limit, sharedBy };
    }
    return undefined;
  }

  /** How many connections per second an IP address may open; undefined without a limit. */
  connectionRate(address: string): number | undefined {
    if (!this.has("connection_creation_rate")) return undefined;
    return (
      this.#value({ ip: address }, "connection_creation_rate") ?? this.#value({ ip: null }, "connection_creation_rate")
    );
  }

  #value(entity: QuotaEntity, key: QuotaKey): number | undefined {
    return this.#entities.get(entityId(entity))?.values.get(key);
  }
}
