import type { FaultDefinition } from "./fault-definition.ts";
import type { FaultKind } from "./fault-kinds.ts";
import { brokerDown } from "./faults/broker-down.ts";
import { brokerGhost } from "./faults/broker-ghost.ts";
import { brokerJoin } from "./faults/broker-join.ts";
import { clockJump } from "./faults/clock-jump.ts";
import { crash } from "./faults/crash.ts";
import { cut } from "./faults/cut.ts";
import { errorCode } from "./faults/error-code.ts";
import { flippedBit } from "./faults/flipped-bit.ts";
import { ghost } from "./faults/ghost.ts";
import { halfOpen } from "./faults/half-open.ts";
import { hang } from "./faults/hang.ts";
import { laggingFollower } from "./faults/lagging-follower.ts";
import { leaderMove } from "./faults/leader-move.ts";
import { lostReply } from "./faults/lost-reply.ts";
import { lostRequest } from "./faults/lost-request.ts";
import { malformedResponse } from "./faults/malformed-response.ts";
import { narrowLink } from "./faults/narrow-link.ts";
import { oneByteSegments } from "./faults/one-byte-segments.ts";
import { oneWayPartition } from "./faults/one-way-partition.ts";
import { partition } from "./faults/partition.ts";
import { partitionError } from "./faults/partition-error.ts";
import { produceError } from "./faults/produce-error.ts";
import { quota } from "./faults/quota.ts";
import { refuse } from "./faults/refuse.ts";
import { refusedLogin } from "./faults/refused-login.ts";
import { refusedUser } from "./faults/refused-user.ts";
import { reset } from "./faults/reset.ts";
import { slowBroker } from "./faults/slow-broker.ts";
import { slowLink } from "./faults/slow-link.ts";
import { slowLogin } from "./faults/slow-login.ts";
import { staleMetadata } from "./faults/stale-metadata.ts";
import { stall } from "./faults/stall.ts";
import { throttle } from "./faults/throttle.ts";
import { uncleanElection } from "./faults/unclean-election.ts";

/** The definition of every kind of fault. */
export const FAULTS: { readonly [K in FaultKind]: FaultDefinition<K> } = {
  partition,
  "one-way-partition": oneWayPartition,
  "slow-link": slowLink,
  "narrow-link": narrowLink,
  "one-byte-segments": oneByteSegments,
  reset,
  cut,
  "half-open": halfOpen,
  refuse,
  ghost,
  "broker-down": brokerDown,
  "leader-move": leaderMove,
  "lost-reply": lostReply,
  "lost-request": lostRequest,
  hang,
  "slow-broker": slowBroker,
  "produce-error": produceError,
  "clock-jump": clockJump,
  stall,
  crash,
  "broker-ghost": brokerGhost,
  "partition-error": partitionError,
  "lagging-follower": laggingFollower,
  "stale-metadata": staleMetadata,
  "broker-join": brokerJoin,
  "unclean-election": uncleanElection,
  throttle,
  "malformed-response": malformedResponse,
  "flipped-bit": flippedBit,
  "error-code": errorCode,
  "refused-user": refusedUser,
  "refused-login": refusedLogin,
  "slow-login": slowLogin,
  quota,
};
