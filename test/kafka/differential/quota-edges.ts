// Quotas of clients: how they are set and described. None of them fits the client that asks ("raw", ANONYMOUS), so
// nothing is throttled.
import {
  type AlterClientQuotasRequestEntryData,
  alterClientQuotasApi,
} from "../../../src/protocol/messages/alter-client-quotas.ts";
import {
  type DescribeClientQuotasRequestComponentData,
  describeClientQuotasApi,
} from "../../../src/protocol/messages/describe-client-quotas.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import type { Case } from "./asking.ts";
import type { Side } from "./side.ts";

type Entity = Readonly<Record<string, string | null>>;
type Component = Input<DescribeClientQuotasRequestComponentData>;

const [EXACT, DEFAULT, SPECIFIED] = [0, 1, 2];

/** A change of an entity: null removes a quota. */
function change(
  entity: Entity,
  quotas: Readonly<Record<string, number | null>>,
): Input<AlterClientQuotasRequestEntryData> {
  return {
    entity: Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName })),
    ops: Object.entries(quotas).map(([key, value]) => ({ key, value: value ?? 0, remove: value === null })),
  };
}

function alter(
  side: Side,
  entries: readonly Input<AlterClientQuotasRequestEntryData>[],
  { version = 1, validateOnly = false } = {},
): Promise<unknown> {
  return side.ask(alterClientQuotasApi, { entries, validateOnly }, version);
}

function describe(side: Side, components: readonly Component[], strict = false, version = 1): Promise<unknown> {
  return side.ask(describeClientQuotasApi, { components, strict }, version);
}

const exact = (entityType: string, match: string): Component => ({ entityType, matchType: EXACT, match });
const byDefault = (entityType: string): Component => ({ entityType, matchType: DEFAULT, match: null });
const specified = (entityType: string): Component => ({ entityType, matchType: SPECIFIED, match: null });

/** Waits until the broker knows how many entities have quotas: the controller tells it a little later. */
async function untilThereAre(side: Side, count: number): Promise<void> {
  await side.until(async (ask) => {
    const { entries } = await ask(describeClientQuotasApi, { components: [], strict: false }, 1);
    return entries?.length === count;
  });
}

const WHOLE = { producer_byte_rate: 1024, consumer_byte_rate: 2048, request_percentage: 12.5 };
const ENTITIES: readonly Entity[] = [
  { user: "alice" },
  { user: null },
  { user: "alice", "client-id": "app" },
  { user: "alice", "client-id": null },
  { user: null, "client-id": "app" },
  { "client-id": "app" },
  { user: "na/me with % and é" },
];

/** Sets quotas of every kind of entity, describes them with every filter, and removes them again. */
const life: Case = {
  name: "quotas of every kind of entity",
  run: async (side) => {
    await describe(side, []);
    for (const [i, entity] of ENTITIES.entries()) await alter(side, [change(entity, WHOLE)], { version: i % 2 });
    await alter(side, [change({ ip: "10.1.2.3" }, { connection_creation_rate: 10 })]);
    await alter(side, [
      change({ ip: null }, { connection_creation_rate: 100 }),
      change({ user: "bob" }, { controller_mutation_rate: 1.5 }),
      change({ user: "" }, { producer_byte_rate: 1 }),
    ]);
    await alter(side, [change({ user: "carol" }, WHOLE)], { validateOnly: true });
    await untilThereAre(side, 10);
    for (const version of [0, 1]) await describe(side, [], false, version);
    for (const strict of [false, true]) {
      await describe(side, [], strict);
      for (const type of ["user", "client-id", "ip"]) {
        await describe(side, [byDefault(type)], strict);
        await describe(side, [specified(type)], strict);
        for (const name of ["alice", "app", "10.1.2.3", "nobody", ""])
          await describe(side, [exact(type, name)], strict);
      }
      await describe(side, [exact("user", "alice"), exact("client-id", "app")], strict);
      await describe(side, [exact("user", "alice"), byDefault("client-id")], strict);
      await describe(side, [specified("user"), specified("client-id")], strict);
      await describe(side, [byDefault("user"), specified("client-id")], strict);
    }
    // One value changes and one goes; the third is not named and stays.
    await alter(side, [change({ user: "alice" }, { producer_byte_rate: 4096, consumer_byte_rate: null })]);
    await alter(side, [change({ user: "alice" }, { controller_mutation_rate: null })]);
    await alter(side, [change({ user: "alice" }, {})]);
    await alter(side, [change({ user: "bob" }, { controller_mutation_rate: null })]);
    await untilThereAre(side, 9);
    await describe(side, [exact("user", "alice")], true);
    const gone = Object.fromEntries(Object.keys(WHOLE).map((key) => [key, null]));
    await alter(
      side,
      ENTITIES.map((entity) => change(entity, gone)),
    );
    await alter(side, [
      change({ ip: "10.1.2.3" }, { connection_creation_rate: null }),
      change({ ip: null }, { connection_creation_rate: null }),
    ]);
    await untilThereAre(side, 0);
    await describe(side, []);
  },
};

/** Every key with every kind of entity, with values that fit some keys only. */
const values: Case = {
  name: "the values of quotas",
  run: async (side) => {
    const keys = [
      "producer_byte_rate",
      "consumer_byte_rate",
      "request_percentage",
      "controller_mutation_rate",
      "connection_creation_rate",
      "nope",
      "",
      "SCRAM-SHA-256",
    ];
    const numbers = [
      1,
      1024.5,
      1e-9,
      0.9999999,
      0,
      -0,
      -1,
      NaN,
      Infinity,
      -Infinity,
      1e17,
      1e19,
      2147483647,
      2147483648,
    ];
    for (const entity of [{ user: "v" }, { "client-id": "v" }, { user: "v", "client-id": "v" }, { ip: "10.0.0.1" }])
      for (const key of keys) {
        for (const value of numbers) await alter(side, [change(entity, { [key]: value })], { validateOnly: true });
        await alter(side, [change(entity, { [key]: null })], { validateOnly: true });
      }
    // The first wrong key counts, and the good one beside it is not set.
    await alter(side, [change({ user: "v" }, { producer_byte_rate: 1, nope: 1 })]);
    await alter(side, [change({ user: "v" }, { nope: 1, producer_byte_rate: 0.5 })]);
    await alter(side, [
      change({ user: "v" }, { producer_byte_rate: 0.5 }),
      change({ user: "w" }, { producer_byte_rate: 0 }),
    ]);
    const twice = { key: "producer_byte_rate", value: 1, remove: false };
    await alter(side, [{ entity: [{ entityType: "user", entityName: "v" }], ops: [twice, twice] }]);
    await alter(side, [
      { entity: [{ entityType: "user", entityName: "v" }], ops: [twice, { ...twice, remove: true }] },
    ]);
    await alter(side, [change({ user: "v" }, { producer_byte_rate: 1 }), change({ user: "v" }, { nope: 1 })], {
      validateOnly: true,
    });
    await alter(side, [change({ user: "v" }, { nope: 1 }), change({ user: "v" }, { producer_byte_rate: 1 })], {
      validateOnly: true,
    });
    await describe(side, []);
  },
};

const wrongEntities: Case = {
  name: "entities that can have no quota",
  run: async (side) => {
    const one = { producer_byte_rate: 1 };
    const entities: readonly Entity[] = [
      {},
      { foo: "x" },
      { foo: null },
      { "": "x" },
      { User: "x" },
      { user: "x", foo: "y" },
      { user: "" },
      { "client-id": "" },
      { ip: "" },
      { ip: "10.0.0.1", user: "x" },
      { ip: "10.0.0.1", "client-id": "x" },
      { ip: null, user: null },
      { ip: "10.0.0.1", user: "x", "client-id": "y" },
      { ip: "300.1.1.1" },
      { ip: "10.1.1" },
      { ip: "no host of this name.invalid" },
      { ip: "::1" },
      { ip: "fe80::1" },
      { ip: "1::2::3" },
      { ip: "localhost" },
      { ip: "10.0.0.0/8" },
    ];
    for (const entity of entities) {
      for (const version of [0, 1]) await alter(side, [change(entity, one)], { version, validateOnly: true });
      await alter(side, [change(entity, { connection_creation_rate: 1 })], { validateOnly: true });
    }
    await alter(side, []);
    const user = { entityType: "user", entityName: "x" };
    const ops = [{ key: "producer_byte_rate", value: 1, remove: false }];
    await alter(side, [{ entity: [user, user], ops }], { validateOnly: true });
    await alter(side, [{ entity: [user, { ...user, entityName: "y" }], ops }], { validateOnly: true });
    await describe(side, []);
  },
};

const wrongFilters: Case = {
  name: "filters of quotas that cannot be",
  run: async (side) => {
    const user = exact("user", "x");
    const filters: readonly (readonly Component[])[] = [
      [exact("foo", "x")],
      [exact("", "x")],
      [exact("User", "x")],
      [byDefault("foo")],
      [exact("ip", "10.0.0.1"), user],
      [specified("ip"), byDefault("client-id")],
      [exact("ip", "10.0.0.1"), exact("ip", "10.0.0.2")],
      [user, user],
      [user, specified("user")],
      [byDefault("client-id"), exact("client-id", "y")],
      [{ entityType: "user", matchType: EXACT, match: null }],
      [{ entityType: "user", matchType: DEFAULT, match: "x" }],
      [{ entityType: "user", matchType: SPECIFIED, match: "x" }],
      [{ entityType: "user", matchType: 3, match: "x" }],
      [{ entityType: "user", matchType: -1, match: null }],
      [exact("foo", "x"), user, user],
      [user, user, exact("foo", "x")],
    ];
    for (const filter of filters) for (const version of [0, 1]) await describe(side, filter, false, version);
    await describe(side, [exact("foo", "x")], true);
  },
};

export const quotaEdges: readonly Case[] = [life, values, wrongEntities, wrongFilters];
