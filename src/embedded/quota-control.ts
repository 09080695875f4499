import { KafkaError } from "../errors/kafka-error.ts";
import { either, is, mapOf, reading, shape, text } from "../errors/shape.ts";
import { readChanges, readEntity } from "./quota-messages.ts";
import { type ClientQuotas, QUOTA_KEYS, type QuotaKey } from "./state/quotas/client-quotas.ts";
import { ENTITY_TYPES, type QuotaEntity } from "./state/quotas/quota-entity.ts";

/** Quotas by Kafka's names; null removes one. */
export type QuotaChanges = { readonly [K in QuotaKey]?: number | null };

const NULL = is("null", (value) => value === null);
const NAME = either("a name, or null for the default", text, NULL);
const NUMBER = either(
  "a number above 0, or null to remove the quota",
  is("a number", (value) => typeof value === "number"),
  NULL,
);
const ENTITY = shape(Object.fromEntries(ENTITY_TYPES.map((type) => [type, NAME])), {
  noun: "entity type",
  hints: { clientId: "client-id", principal: "user", host: "ip", address: "ip" },
});
const QUOTAS = mapOf(NUMBER);

/** Sets quotas as an admin client does. Throws kind `config` for an entity or a value that Kafka refuses. */
export function setQuotas(quotas: ClientQuotas, entity: QuotaEntity, changes: QuotaChanges): void {
  ENTITY(entity, "setQuotas: the entity");
  QUOTAS(changes, "setQuotas: the quotas");
  const names = new Map(reading("setQuotas: the entity", () => Object.entries(entity)));
  const found = readEntity(names);
  if ("errorMessage" in found) throw new KafkaError("config", `setQuotas: the entity: ${found.errorMessage}`);
  const ops = reading("setQuotas: the quotas", () =>
    Object.entries(changes).map(([key, value]) => ({ key, value: value ?? 0, remove: value === null })),
  );
  const unknown = ops.find(({ key }) => !(QUOTA_KEYS as readonly string[]).includes(key));
  if (unknown !== undefined)
    throw new KafkaError("config", `setQuotas: there is no quota "${unknown.key}"; there are ${QUOTA_KEYS.join(", ")}`);
  const wanted = readChanges(found, ops);
  if ("errorMessage" in wanted) throw new KafkaError("config", `setQuotas: ${wanted.errorMessage}`);
  quotas.set(found, wanted);
}
