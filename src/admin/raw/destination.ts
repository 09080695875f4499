import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { Coordinators } from "../../cluster/coordinators.ts";
import type { Route } from "../../cluster/routing/route.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { type Check, name, reading, shape, wholeFrom, MAX_INT32 } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";

/** The coordinator of a group, of a transactional id, or of the state of a share group's partition. */
export type RequestCoordinator =
  | {
      /** The group. */
      readonly group: string;
    }
  | {
      /** The transactional id. */
      readonly transactionalId: string;
    }
  | {
      /** The partition of a share group. */
      readonly shareGroup: SharePartition;
    };

/** A partition as a share group reads it. */
export interface SharePartition {
  /** The share group. */
  readonly group: string;
  /** The id of the topic, as `describeTopics` returns it. */
  readonly topicId: string;
  /** The number of the partition. */
  readonly partition: number;
}

/** The broker that gets a raw request. */
export type RequestDestination =
  | "any"
  | "controller"
  | {
      /** The node id of the broker. */
      readonly broker: number;
    }
  | {
      /** The partition whose leader gets it. */
      readonly leader: TopicPartition;
    }
  | {
      /** The coordinator that gets it. */
      readonly coordinator: RequestCoordinator;
    };

const partition = wholeFrom(0, MAX_INT32);
const COORDINATOR = shape({
  group: name,
  transactionalId: name,
  shareGroup: shape(
    { group: name, topicId: name, partition },
    { needs: ["group", "topicId", "partition"], noun: "field" },
  ),
});
const FIELDS = shape({
  broker: wholeFrom(0, MAX_INT32),
  leader: shape({ topic: name, partition }, { needs: ["topic", "partition"], noun: "field" }),
  coordinator: COORDINATOR,
});
const TAKES =
  '"any", "controller", { broker: NODE_ID }, { leader: { topic, partition } }, or { coordinator: { group } }, ' +
  "{ coordinator: { transactionalId } }, { coordinator: { shareGroup } }";

/** Accepts a {@link RequestDestination}. */
export const isDestination: Check = (value, path) => {
  if (value === "any" || value === "controller") return;
  if (typeof value !== "object" || value === null)
    throw new KafkaError("config", `${path} takes ${TAKES}, not ${inWords(value)}`);
  FIELDS(value, path);
  reading(path, () => {
    const { broker, leader, coordinator } = value as Readonly<Record<string, object | undefined>>;
    const given = [broker, leader, coordinator].filter((one) => one !== undefined);
    const keys = Object.values(coordinator ?? { any: true }).filter((one) => one !== undefined);
    if (given.length !== 1 || keys.length !== 1)
      throw new KafkaError("config", `${path} takes exactly one of ${TAKES}`);
  });
};

/** The route to a destination. */
export function routeTo(to: RequestDestination, client: ClusterClient): Route<unknown> {
  if (to === "any" || to === "controller") return { to };
  if ("broker" in to) return { to: "broker", nodeId: () => to.broker, isExact: true };
  if ("leader" in to) return { to: "leader", partition: () => to.leader };
  const [kind, key] = coordinatorKey(to.coordinator);
  return { to: "coordinator", coordinators: new Coordinators(client), kind, name: () => key };
}

function coordinatorKey(
  coordinator: RequestCoordinator,
): readonly [kind: "group" | "transaction" | "share", key: string] {
  if ("group" in coordinator) return ["group", coordinator.group];
  if ("transactionalId" in coordinator) return ["transaction", coordinator.transactionalId];
  const { group, topicId, partition } = coordinator.shareGroup;
  return ["share", `${group}:${topicId}:${partition}`];
}
