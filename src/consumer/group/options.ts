import { wholeNumber } from "../../cluster/options.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { anything, callback, type Check, flag, is, listOf, name, text } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { Assignor } from "./assignors/assignor.ts";
import { rangeAssignor } from "./assignors/range.ts";
import { kafkajsAssignor, roundRobinAssignor } from "./assignors/round-robin.ts";
import { cooperativeStickyAssignor, stickyAssignor } from "./assignors/sticky.ts";

/**
 * Partitions came or went. Awaited: nothing else happens to them before it has ended. What it throws, the loop throws.
 */
export type PartitionsHook = (partitions: readonly TopicPartition[]) => PromiseLike<void> | void;

/** Assignors that this library has. `"RoundRobinAssigner"` is what kafkajs calls `"roundrobin"`. */
export type AssignorName = "range" | "roundrobin" | "sticky" | "cooperative-sticky" | "RoundRobinAssigner";

/** The options of a consumer that is a member of a group; they need `groupId`. */
export interface GroupOptions {
  /**
   * The group whose members share the topics' partitions among them, and whose committed offsets are where reading goes
   * on. Java: `group.id`.
   */
  readonly groupId?: string;
  /**
   * A name that outlives this process (KIP-345): who comes back under it within the session timeout gets its partitions
   * again, without a rebalance. Java: `group.instance.id`.
   */
  readonly groupInstanceId?: string;
  /**
   * `"consumer"`: the protocol of KIP-848, in which the broker divides the partitions and nobody stops for the others.
   * `"classic"`: the older one. Default `"auto"`: the former where the cluster has it (`group.version` ≥ 1), no option
   * of the classic one is set, and no classic members are in the group, whom it would convert. Java: `group.protocol`,
   * whose default is classic.
   */
  readonly groupProtocol?: "auto" | "consumer" | "classic";
  /**
   * Topics by a regular expression in RE2J's syntax, which the broker keeps up with: of the protocol of KIP-848 only,
   * and beside `topics`. It has to match the whole name; Kafka's own topics are left out. A JavaScript expression goes
   * into `topics`. Java: `SubscriptionPattern`.
   */
  readonly topicsPattern?: string;
  /**
   * The broker's assignor in the protocol of KIP-848: `"uniform"` or `"range"`. Default: as the broker is configured.
   * Java: `group.remote.assignor`.
   */
  readonly groupRemoteAssignor?: string;
  /**
   * Classic: how the leader divides the partitions; names or own ones, the preferred first. Default
   * `["range", "cooperative-sticky", "RoundRobinAssigner"]`: the first two as in Java, the last for groups of kafkajs,
   * so that members of any client have one in common. Cooperative rebalances need that all of the list are. Java:
   * `partition.assignment.strategy`.
   */
  readonly partitionAssignmentStrategy?: readonly (AssignorName | Assignor)[];
  /**
   * Classic: after so many ms without a heartbeat the group goes on without this member. Default 45000. Java:
   * `session.timeout.ms`.
   */
  readonly sessionTimeoutMs?: number;
  /** Classic: how often to tell that this member lives, in ms. Default 3000. Java: `heartbeat.interval.ms`. */
  readonly heartbeatIntervalMs?: number;
  /**
   * The longest that the application may work on what it got before it asks for the next; a member that takes longer
   * leaves the group by itself, and comes back when it asks. Also how long a rebalance waits for it. Default 300000 ms.
   * Java: `max.poll.interval.ms`.
   */
  readonly maxPollIntervalMs?: number;
  /**
   * Whether positions are committed by themselves: now and then, before partitions are given back, and on close. Only
   * what the loop has moved past. Default true. Java: `enable.auto.commit`.
   */
  readonly enableAutoCommit?: boolean;
  /** How often, in ms. Default 5000. Java: `auto.commit.interval.ms`. */
  readonly autoCommitIntervalMs?: number;
  /**
   * Partitions came, with their positions; nothing of them is delivered before it has ended: seek here. Java:
   * `onPartitionsAssigned`.
   */
  readonly onAssigned?: PartitionsHook;
  /**
   * Partitions go: nothing of them is delivered any more, what was done is committed, and commits are still taken.
   * Java: `onPartitionsRevoked`.
   */
  readonly onRevoked?: PartitionsHook;
  /** Partitions are gone, and may be others' already: nothing can be committed. Java: `onPartitionsLost`. */
  readonly onLost?: PartitionsHook;
}

/** What each option takes; numbers are checked where their defaults are. */
export const GROUP_FIELDS: Readonly<Record<keyof GroupOptions, Check>> = {
  groupId: text,
  groupInstanceId: name,
  groupProtocol: anything,
  topicsPattern: text,
  groupRemoteAssignor: name,
  partitionAssignmentStrategy: listOf(anything),
  sessionTimeoutMs: anything,
  heartbeatIntervalMs: anything,
  maxPollIntervalMs: anything,
  enableAutoCommit: flag,
  autoCommitIntervalMs: anything,
  onAssigned: callback,
  onRevoked: callback,
  onLost: callback,
};

/** {@link GroupOptions} with their defaults, checked. */
export interface GroupSettings {
  readonly groupId: string;
  readonly instanceId: string | null;
  readonly protocol: "auto" | "consumer" | "classic";
  readonly topicsPattern: string | null;
  readonly remoteAssignor: string | null;
  readonly assignors: readonly Assignor[];
  readonly isCooperative: boolean;
  /** Whether an option is set that only the classic protocol has. */
  readonly hasClassicOption: boolean;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly maxPollIntervalMs: number;
  readonly isAutoCommitting: boolean;
  readonly autoCommitIntervalMs: number;
  readonly onAssigned: PartitionsHook | undefined;
  readonly onRevoked: PartitionsHook | undefined;
  readonly onLost: PartitionsHook | undefined;
}

/** Options that a consumer with `assign` has no use for: it joins no group. */
export const MEMBERS_ONLY: readonly (keyof GroupOptions)[] = [
  "groupInstanceId",
  "groupProtocol",
  "topicsPattern",
  "groupRemoteAssignor",
  "partitionAssignmentStrategy",
  "sessionTimeoutMs",
  "heartbeatIntervalMs",
  "maxPollIntervalMs",
  "onAssigned",
  "onRevoked",
  "onLost",
];

const ASSIGNORS: Readonly<Record<AssignorName, Assignor>> = {
  range: rangeAssignor,
  roundrobin: roundRobinAssignor,
  sticky: stickyAssignor,
  "cooperative-sticky": cooperativeStickyAssignor,
  RoundRobinAssigner: kafkajsAssignor,
};
const ASSIGNOR = is(
  'a name, or an object with a `name`, a `rebalanceProtocol` ("eager" or "cooperative") and assign()',
  (value) => {
    const given = (value ?? {}) as { readonly [F in keyof Assignor]?: unknown };
    const isKnown = given.rebalanceProtocol === "eager" || given.rebalanceProtocol === "cooperative";
    return (
      typeof given.name === "string" &&
      given.name !== "" &&
      isKnown &&
      typeof given.assign === "function" &&
      (given.userData === undefined || typeof given.userData === "function")
    );
  },
);
const CLASSIC_ONLY = ["partitionAssignmentStrategy", "sessionTimeoutMs", "heartbeatIntervalMs"] as const;

/** The settings, checked once; undefined without a group. Throws kind `config` naming the option. */
export function groupSettings(options: GroupOptions): GroupSettings | undefined {
  const { groupId, groupProtocol: protocol = "auto" } = options;
  if (groupId === undefined) {
    const stray = (Object.keys(GROUP_FIELDS) as (keyof GroupOptions)[]).find((field) => options[field] !== undefined);
    if (stray !== undefined)
      throw new KafkaError("config", `${stray} is an option of consumers in a group: it needs groupId`);
    return undefined;
  }
  if (groupId === "") throw new KafkaError("config", "groupId is empty");
  if (!["auto", "consumer", "classic"].includes(protocol))
    throw new KafkaError("config", `groupProtocol takes "auto", "consumer" or "classic", not ${inWords(protocol)}`);
  const classicOption = CLASSIC_ONLY.find((name) => options[name] !== undefined);
  if (protocol === "consumer" && classicOption !== undefined)
    throw new KafkaError(
      "config",
      `${classicOption} is an option of the classic protocol, and groupProtocol is "consumer": the broker ` +
        "decides it there",
    );
  if (options.groupRemoteAssignor !== undefined && (protocol === "classic" || classicOption !== undefined))
    throw new KafkaError(
      "config",
      'groupRemoteAssignor is an option of the protocol of KIP-848: it needs groupProtocol "consumer", and no ' +
        "option of the classic one",
    );
  if (options.topicsPattern !== undefined && (protocol === "classic" || classicOption !== undefined))
    throw new KafkaError(
      "config",
      'topicsPattern is an option of the protocol of KIP-848: it needs groupProtocol "consumer", and no option ' +
        "of the classic one; or give a JavaScript regular expression in `topics`",
    );
  if (options.topicsPattern === "") throw new KafkaError("config", "topicsPattern is empty");
  const assignors = (options.partitionAssignmentStrategy ?? ["range", "cooperative-sticky", "RoundRobinAssigner"]).map(
    assignorOf,
  );
  if (assignors.length === 0) throw new KafkaError("config", "partitionAssignmentStrategy is empty");
  const sessionTimeoutMs = wholeNumber("sessionTimeoutMs", options.sessionTimeoutMs, 45_000, 1);
  const heartbeatIntervalMs = wholeNumber("heartbeatIntervalMs", options.heartbeatIntervalMs, 3000, 1);
  if (heartbeatIntervalMs >= sessionTimeoutMs)
    throw new KafkaError(
      "config",
      `heartbeatIntervalMs (${heartbeatIntervalMs}) must be below sessionTimeoutMs (${sessionTimeoutMs}), a ` +
        "third of it as a rule: one late heartbeat would end the session",
    );
  return {
    groupId,
    instanceId: options.groupInstanceId ?? null,
    protocol,
    topicsPattern: options.topicsPattern ?? null,
    remoteAssignor: options.groupRemoteAssignor ?? null,
    assignors,
    isCooperative: assignors.every(({ rebalanceProtocol }) => rebalanceProtocol === "cooperative"),
    hasClassicOption: classicOption !== undefined,
    sessionTimeoutMs,
    heartbeatIntervalMs,
    maxPollIntervalMs: wholeNumber("maxPollIntervalMs", options.maxPollIntervalMs, 300_000, 1),
    isAutoCommitting: options.enableAutoCommit ?? true,
    autoCommitIntervalMs: wholeNumber("autoCommitIntervalMs", options.autoCommitIntervalMs, 5000, 1),
    onAssigned: options.onAssigned,
    onRevoked: options.onRevoked,
    onLost: options.onLost,
  };
}

function assignorOf(given: AssignorName | Assignor): Assignor {
  if (typeof given !== "string") {
    ASSIGNOR(given, "partitionAssignmentStrategy: an assignor");
    return given;
  }
  const assignor = Object.hasOwn(ASSIGNORS, given) ? ASSIGNORS[given] : undefined;
  if (assignor === undefined)
    throw new KafkaError(
      "config",
      `partitionAssignmentStrategy has "${given as string}"; there are ${Object.keys(ASSIGNORS).join(", ")}, or ` +
        "an assignor of your own",
    );
  return assignor;
}
