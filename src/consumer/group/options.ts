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
 * Called with partitions that were assigned, revoked or lost. It is awaited, and nothing else happens to them
 * meanwhile. If it throws, the loop throws that error.
 */
export type PartitionsHook = (partitions: readonly TopicPartition[]) => PromiseLike<void> | void;

/** The built-in assignors. `"RoundRobinAssigner"` is kafkajs's name for `"roundrobin"`. */
export type AssignorName = "range" | "roundrobin" | "sticky" | "cooperative-sticky" | "RoundRobinAssigner";

/** The options of a group's member; they need `groupId`. */
export interface GroupOptions {
  /**
   * The group. Its members share the topics' partitions, and reading begins at its committed offsets. Default: none, so
   * nothing is committed. Java: `group.id`.
   */
  readonly groupId?: string;
  /**
   * A name that survives restarts (KIP-345): a member that comes back with it within the session timeout gets its
   * partitions again, without a rebalance. Default: none. Java: `group.instance.id`.
   */
  readonly groupInstanceId?: string;
  /**
   * `"consumer"`: the protocol of KIP-848, in which the broker assigns the partitions and no member stops for the
   * others. `"classic"`: the older one. Default `"auto"`: KIP-848 if the cluster supports it (`group.version` ≥ 1), no
   * option of the classic protocol is set, and the group has no classic members, which it would convert. Java:
   * `group.protocol`, whose default is classic.
   */
  readonly groupProtocol?: "auto" | "consumer" | "classic";
  /**
   * A regular expression in RE2J's syntax, which the broker evaluates; only with KIP-848, and in addition to `topics`.
   * It must match the whole name; internal topics are left out. JavaScript expressions belong in `topics`. Default:
   * none. Java: `SubscriptionPattern`.
   */
  readonly topicsPattern?: string;
  /**
   * The broker's assignor with KIP-848: `"uniform"` or `"range"`. Default: the broker's configuration. Java:
   * `group.remote.assignor`.
   */
  readonly groupRemoteAssignor?: string;
  /**
   * Classic protocol: the assignors of the leader, by name or your own, the preferred first. Default `["range",
   * "cooperative-sticky", "RoundRobinAssigner"]`: the first two as in Java, the last for groups with kafkajs, so that
   * members of any client have one in common. Rebalances are cooperative only if all assignors in the list are. Java:
   * `partition.assignment.strategy`.
   */
  readonly partitionAssignmentStrategy?: readonly (AssignorName | Assignor)[];
  /**
   * Classic protocol: the group removes this member after this time without a heartbeat, in ms. Default 45000, as in
   * Java: `session.timeout.ms`.
   */
  readonly sessionTimeoutMs?: number;
  /** Classic protocol: the time between two heartbeats, in ms. Default 3000, as in Java: `heartbeat.interval.ms`. */
  readonly heartbeatIntervalMs?: number;
  /**
   * The longest time that the application may process records before it asks for the next, in ms. A member that takes
   * longer leaves the group, and joins again when it asks. Also the time that a rebalance waits for it, unless
   * `rebalanceTimeoutMs` is set. Default 300000, as in Java: `max.poll.interval.ms`.
   */
  readonly maxPollIntervalMs?: number;
  /**
   * How long a rebalance waits for this member to finish its callbacks and join again, in ms. A member that takes longer
   * leaves the group. Default: `maxPollIntervalMs`, as in Java, which has one option for both. Set it if one callback of
   * `run` may take very long, and other members must not wait for it that long. librdkafka and Java: none.
   */
  readonly rebalanceTimeoutMs?: number;
  /**
   * Whether processed records are committed automatically: every `autoCommitIntervalMs`, before partitions are given
   * back, and on close. Default true. Java: `enable.auto.commit`.
   */
  readonly enableAutoCommit?: boolean;
  /** The time between two automatic commits, in ms. Default 5000, as in Java: `auto.commit.interval.ms`. */
  readonly autoCommitIntervalMs?: number;
  /**
   * Called with assigned partitions, which have their positions. Nothing of them is delivered before it has ended, so
   * you can seek here. Default: none. Java: `onPartitionsAssigned`.
   */
  readonly onAssigned?: PartitionsHook;
  /**
   * Called with revoked partitions: nothing of them is delivered any more, processed records are committed, and you can
   * still commit. Default: none. Java: `onPartitionsRevoked`.
   */
  readonly onRevoked?: PartitionsHook;
  /**
   * Called with lost partitions: other members may own them already, and nothing can be committed. Default: none. Java:
   * `onPartitionsLost`, which calls `onPartitionsRevoked` by default.
   */
  readonly onLost?: PartitionsHook;
}

/** The check of each option; numbers are checked with their defaults. */
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
  rebalanceTimeoutMs: anything,
  enableAutoCommit: flag,
  autoCommitIntervalMs: anything,
  onAssigned: callback,
  onRevoked: callback,
  onLost: callback,
};

/** {@link GroupOptions} with defaults, checked. */
export interface GroupSettings {
  readonly groupId: string;
  readonly instanceId: string | null;
  readonly protocol: "auto" | "consumer" | "classic";
  readonly topicsPattern: string | null;
  readonly remoteAssignor: string | null;
  readonly assignors: readonly Assignor[];
  readonly isCooperative: boolean;
  /** Whether an option of the classic protocol is set. */
  readonly hasClassicOption: boolean;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly maxPollIntervalMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly isAutoCommitting: boolean;
  readonly autoCommitIntervalMs: number;
  readonly onAssigned: PartitionsHook | undefined;
  readonly onRevoked: PartitionsHook | undefined;
  readonly onLost: PartitionsHook | undefined;
}

/** Options that a consumer with `assign` cannot use, because it joins no group. */
export const MEMBERS_ONLY: readonly (keyof GroupOptions)[] = [
  "groupInstanceId",
  "groupProtocol",
  "topicsPattern",
  "groupRemoteAssignor",
  "partitionAssignmentStrategy",
  "sessionTimeoutMs",
  "heartbeatIntervalMs",
  "maxPollIntervalMs",
  "rebalanceTimeoutMs",
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
const VERSIONS: readonly unknown[] = [0, 1, 2, 3];
const ASSIGNOR = is(
  'a name, or an object with a `name`, a `rebalanceProtocol` ("eager" or "cooperative") and assign(), and perhaps ' +
    "`version` (0 to 3), userData(), subscription() and onAssignment()",
  (value) => {
    const given = (value ?? {}) as { readonly [F in keyof Assignor]?: unknown };
    const isKnown = given.rebalanceProtocol === "eager" || given.rebalanceProtocol === "cooperative";
    return (
      typeof given.name === "string" &&
      given.name !== "" &&
      isKnown &&
      typeof given.assign === "function" &&
      (given.version === undefined || VERSIONS.includes(given.version)) &&
      [given.userData, given.subscription, given.onAssignment].every(
        (method) => method === undefined || typeof method === "function",
      )
    );
  },
);
const CLASSIC_ONLY = ["partitionAssignmentStrategy", "sessionTimeoutMs", "heartbeatIntervalMs"] as const;

/** Checks the options; undefined without a group. Throws kind `config` and names the wrong option. */
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
  const maxPollIntervalMs = wholeNumber("maxPollIntervalMs", options.maxPollIntervalMs, 300_000, 1);
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
    maxPollIntervalMs,
    rebalanceTimeoutMs: wholeNumber("rebalanceTimeoutMs", options.rebalanceTimeoutMs, maxPollIntervalMs, 1),
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
      `partitionAssignmentStrategy has "${given as string}"; it takes ${Object.keys(ASSIGNORS).join(", ")}, or ` +
        "an assignor of your own",
    );
  return assignor;
}
