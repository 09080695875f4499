import { committedWasDelivered, commitsCoverWhatIsDone, revokedIsCommitted } from "./commits.ts";
import { deliveryIsInOrder } from "../../simulation/checkers/consumer.ts";
import { deliveredIsInTheLog, groupsRecover, membersStayWhileTheyAsk, restartsDisturbNobody } from "./membership.ts";
import { deliveryIsBetweenHooks, ownersAreAlone } from "./ownership.ts";
import { positionCheckers } from "./positions.ts";
import { buffersAreBounded } from "../../simulation/checkers/producer.ts";
import { ofLastTopics } from "./recreation.ts";
import type { Checker } from "../../simulation/checkers/violation.ts";

/** All checks of the members of a group. */
export const groupCheckers: readonly Checker[] = [
  ownersAreAlone,
  deliveryIsBetweenHooks,
  membersStayWhileTheyAsk,
  restartsDisturbNobody,
  buffersAreBounded,
  ...[
    committedWasDelivered,
    deliveryIsInOrder,
    commitsCoverWhatIsDone,
    revokedIsCommitted,
    deliveredIsInTheLog,
    groupsRecover,
    ...positionCheckers,
  ].map(ofLastTopics),
];
