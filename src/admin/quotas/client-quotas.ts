import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, refusal } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { either, flag, is, listOf, mapOf, name, reading, shape, text } from "../../errors/shape.ts";
import { alterClientQuotasApi } from "../../protocol/messages/alter-client-quotas.ts";
import { describeClientQuotasApi } from "../../protocol/messages/describe-client-quotas.ts";
import { askItems, askOne, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import { onlyOnce } from "../only-once.ts";
import type { Results } from "../results.ts";

/**
 * An entity that has quotas: `{ user: "alice" }`, `{ "client-id": "billing" }`, `{ ip: "10.0.0.1" }`, or a user
 * together with a client id. null stands for the default of all that have no quota of their own. Java:
 * `ClientQuotaEntity`.
 */
export type ClientQuotaEntity = Readonly<Record<string, string | null>>;

/** An entity with its quotas. */
export interface ClientQuota {
  /** The entity that has the quotas. */
  readonly entity: ClientQuotaEntity;
  /** The quotas by Kafka's names: `producer_byte_rate` and `consumer_byte_rate` in bytes a second, for example. */
  readonly quotas: Readonly<Record<string, number>>;
}

/** A part of a filter. Java: `ClientQuotaFilterComponent`. */
export interface ClientQuotaFilterComponent {
  /** The type of the entity: `user`, `client-id` or `ip`. */
  readonly entityType: string;
  /** Its name; null: only the default. Default: any, the default included. Java: `match`. */
  readonly name?: string | null;
}

/** The options of `describeClientQuotas`. */
export interface DescribeClientQuotasOptions extends CallOptions {
  /** Only entities that fit all of these. Default: all entities. Java: `ClientQuotaFilter.components`. */
  readonly components?: readonly ClientQuotaFilterComponent[];
  /**
   * Leaves out entities with other types than those of `components`. Default false. Java: `ClientQuotaFilter.strict`.
   */
  readonly strict?: boolean;
}

/** A change of an entity's quotas. Those that are not named stay as they are. Java: `ClientQuotaAlteration`. */
export interface ClientQuotaAlteration {
  /** The entity that has the quotas. */
  readonly entity: ClientQuotaEntity;
  /** Quotas that get a value. */
  readonly set?: Readonly<Record<string, number>>;
  /** Quotas that are removed. */
  readonly remove?: readonly string[];
}

/** The options of `alterClientQuotas`. */
export interface AlterClientQuotasOptions extends CallOptions {
  /** Only checks whether the quotas could be altered. Default false. Java: `validateOnly`. */
  readonly validateOnly?: boolean;
}

const NAME = either(
  "a name, or null for the default",
  text,
  is("null", (value) => value === null),
);
const DESCRIBE = optionsWith({
  components: listOf(
    shape({ entityType: name, name: NAME }, { needs: ["entityType"], noun: "field", hints: { match: "name" } }),
  ),
  strict: flag,
});
const ALTER = optionsWith({ validateOnly: flag });
const NUMBER = is("a number", (value) => typeof value === "number" && Number.isFinite(value));
const ALTERATIONS = listOf(
  shape(
    { entity: mapOf(NAME), set: mapOf(NUMBER), remove: listOf(name) },
    { needs: ["entity"], noun: "field", hints: { quotas: "set", ops: "set", delete: "remove" } },
  ),
  ': pass the list of changes, [{ entity: { user: "alice" }, set: { producer_byte_rate: 1024 } }]',
);
const [EXACT, DEFAULT, ANY] = [0, 1, 2];

/** See `Admin.describeClientQuotas`. */
export async function describeClientQuotas(
  client: ClusterClient,
  options: DescribeClientQuotasOptions,
): Promise<readonly ClientQuota[]> {
  const limit = callLimit(options, "describeClientQuotas", DESCRIBE);
  const { strict = false } = options;
  const components = reading("describeClientQuotas: components", () =>
    (options.components ?? []).map(({ entityType, name: match }) => ({
      entityType,
      matchType: match === undefined ? ANY : match === null ? DEFAULT : EXACT,
      match: match ?? null,
    })),
  );
  const what = "cannot describe client quotas";
  return askOne(
    client,
    {
      what,
      send: async (connection) => {
        const response = await connection.request(describeClientQuotasApi, { components, strict });
        const { errorCode, errorMessage, entries } = response;
        if (errorCode !== ErrorCode.NONE) return refusal(itemError(errorCode, what, errorMessage));
        return done(
          (entries ?? []).map(({ entity, values }) => ({
            entity: Object.fromEntries(entity.map(({ entityType, entityName }) => [entityType, entityName])),
            quotas: Object.fromEntries(values.map(({ key, value }) => [key, value])),
          })),
        );
      },
    },
    limit,
  );
}

interface Change {
  readonly entity: ClientQuotaEntity;
  readonly ops: readonly { readonly key: string; readonly value: number; readonly remove: boolean }[];
}

/** See `Admin.alterClientQuotas`. */
export async function alterClientQuotas(
  client: ClusterClient,
  alterations: readonly ClientQuotaAlteration[],
  options: AlterClientQuotasOptions,
): Promise<Results<ClientQuotaEntity, undefined>> {
  const path = "alterClientQuotas: alterations";
  ALTERATIONS(alterations, path);
  const changes = reading(path, () => alterations.map((one, i) => changeOf(one, `${path}[${i}]`)));
  onlyOnce(
    changes.map(({ entity }) => entityId(entity)),
    path,
  );
  const limit = callLimit(options, "alterClientQuotas", ALTER);
  const { validateOnly = false } = options;
  const results = await askItems<Change, undefined>(
    client,
    {
      what: `cannot alter the quotas of ${counted(changes.length, "entity", "entities")}`,
      keys: changes,
      route: { to: "any" },
      isChange: !validateOnly,
      send: async (connection, asked) => {
        const { entries } = await connection.request(alterClientQuotasApi, {
          entries: asked.map(({ entity, ops }) => ({
            entity: Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName })),
            ops,
          })),
          validateOnly,
        });
        const found = new Map(
          entries.map((entry) => [
            entityId(Object.fromEntries(entry.entity.map(({ entityType, entityName }) => [entityType, entityName]))),
            entry,
          ]),
        );
        return asked.map(({ entity }) => {
          const { errorCode, errorMessage } = found.get(entityId(entity)) ?? notAnswered("AlterClientQuotas");
          return errorCode === ErrorCode.NONE
            ? done(undefined)
            : itemVerdict(itemError(errorCode, `cannot alter the quotas of ${entityId(entity)}`, errorMessage));
        });
      },
    },
    limit,
  );
  return resultsOf<ClientQuotaEntity, undefined>(
    changes.map(({ entity }) => entity),
    results,
    entityId,
  );
}

function changeOf({ entity, set = {}, remove = [] }: ClientQuotaAlteration, path: string): Change {
  const ops = [
    ...Object.entries(set).map(([key, value]) => ({ key, value, remove: false })),
    ...remove.map((key) => ({ key, value: 0, remove: true })),
  ];
  if (Object.keys(entity).length === 0)
    throw new KafkaError("config", `${path}.entity is empty: name a user, a client-id or an ip`);
  if (ops.length === 0) throw new KafkaError("config", `${path} changes nothing: pass set or remove`);
  onlyOnce(
    ops.map(({ key }) => key),
    path,
  );
  return { entity: { ...entity }, ops };
}

/** Equal for equal entities; also names the entity in texts. */
function entityId(entity: ClientQuotaEntity): string {
  return Object.keys(entity)
    .sort()
    .map((type) => (entity[type] === null ? `the default ${type}` : `${type} ${JSON.stringify(entity[type])}`))
    .join(", ");
}
