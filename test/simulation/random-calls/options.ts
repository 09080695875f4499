// Client options: all names, as the error for an unknown option lists them, so that a new option is tested too.
import { KafkaError } from "../../../src/errors/kafka-error.ts";
import type { Random } from "../../../src/simulation/random.ts";
import { GROUP, LIMITS, producerLimits, type Stage, TOPIC } from "./stage.ts";
import { never, type Param, pick, Whim, withGetter } from "./values.ts";

/** A value of a consumer's iterator: a record, or a batch of records. */
export type AnyStream = { readonly topic: string; readonly partition: number; readonly offset: number } & {
  readonly records: Iterable<{ readonly topic: string; readonly partition: number; readonly offset: number }>;
};

/** The names in "…; it has a, b, c". */
export function namesOf(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    const [, names = ""] = /[;.] [Ii]t has (.*)$/.exec(KafkaError.is(error) ? error.message : "") ?? [];
    if (names !== "") return names.split(", ");
  }
  throw new Error("an unknown option was not refused with the names of those that there are");
}

/** Right options, or options with one mistake: an option with a value that no option takes, or an unknown option. */
function options(
  names: () => readonly string[],
  right: (random: Random) => object,
  fixed: readonly string[] = [],
): Param {
  return {
    right,
    wrong: (random) => {
      const kind = random.below(8);
      if (kind === 0) return pick(random, never)(random);
      if (kind === 1) return { ...right(random), nosuch: 1 };
      const name = pick(
        random,
        names().filter((one) => !fixed.includes(one)),
      );
      return kind === 2 ? withGetter(name, right(random)) : { ...right(random), [name]: pick(random, never)(random) };
    },
  };
}

function whimsical(): never {
  throw new Whim("a callback of the application failed");
}

export function producerOptions(stage: Stage): Param {
  let names: readonly string[] | undefined;
  return options(
    () => (names ??= namesOf(() => stage.kafka.producer({ nosuch: 1 } as never))),
    (random) => ({
      ...producerLimits(),
      ...pick<object>(random, [
        {},
        { onDelivery: whimsical },
        { interceptors: [{ onSend: whimsical }] },
        { acks: 1, enableIdempotence: false },
        { bufferMemory: 200 },
        { lingerMs: 50 },
        { partitioner: whimsical },
        { onStatistics: whimsical, statisticsIntervalMs: 100 },
      ]),
    }),
  );
}

export function consumerOptions(stage: Stage): Param {
  let names: readonly string[] | undefined;
  return options(
    () => (names ??= namesOf(() => stage.kafka.consumer({ nosuch: 1 } as never))),
    (random) => ({
      ...pick<object>(random, [
        { topics: TOPIC },
        { topics: [TOPIC, "later"], groupId: GROUP },
        { assign: [{ topic: TOPIC, partition: 0 }] },
        { topics: [], groupId: GROUP },
        { assign: [], groupId: "by-hand" },
        { topics: TOPIC, groupId: GROUP, onAssigned: () => stage.whim(), onRevoked: () => stage.whim() },
      ]),
      ...pick<object>(random, [
        {},
        { isolationLevel: "read_committed" },
        { onPositionReset: whimsical },
        { onStatistics: whimsical, statisticsIntervalMs: 100 },
      ]),
      defaultApiTimeoutMs: LIMITS.apiMs,
    }),
  );
}

export function kafkaOptions(stage: Stage): Param {
  let names: readonly string[] | undefined;
  const make = (more: object): unknown =>
    new (stage.kafka.constructor as new (options: object, platform: unknown) => unknown)(
      { ...stage.node.kafkaOptions, ...more },
      stage.node.platform,
    );
  return options(
    () => (names ??= namesOf(() => make({ nosuch: 1 }))),
    () => ({ ...stage.node.kafkaOptions, requestTimeoutMs: 1000 }),
    // The names of APIs in the last two are checked by the first connection, which loads the code that knows them.
    ["bootstrapServers", "minVersions", "maxVersions"],
  );
}
