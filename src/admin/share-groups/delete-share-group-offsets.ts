import { done } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { listOf, name, reading } from "../../errors/shape.ts";
import { deleteShareGroupOffsetsApi } from "../../protocol/messages/delete-share-group-offsets.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { coordinatorRoute, coordinatorVerdict } from "../groups/coordinator-verdict.ts";
import { itemError } from "../item-error.ts";
import type { Results } from "../results.ts";

const TOPICS = listOf(name, ": pass the list of topics");
/** While the coordinator moves a group, it answers so. */
const AGAIN: readonly number[] = [ErrorCode.REBALANCE_IN_PROGRESS];

/** See `Admin.deleteShareGroupOffsets`. */
export async function deleteShareGroupOffsets(
  context: AdminContext,
  groupId: string,
  topics: readonly string[],
  options: CallOptions,
): Promise<Results<string, undefined>> {
  const call = "deleteShareGroupOffsets";
  name(groupId, `${call}: groupId`);
  TOPICS(topics, `${call}: topics`);
  const keys = reading(`${call}: topics`, () => [...new Set(topics)]);
  const limit = callLimit(options, call);
  const results = await askItems<string, undefined>(
    context.client,
    {
      what: `cannot delete the offsets of share group ${groupId} in ${counted(keys.length, "topic")}`,
      keys,
      route: coordinatorRoute(context, "group", () => groupId),
      isChange: true,
      send: async (connection, asked) => {
        const response = await connection.request(deleteShareGroupOffsetsApi, {
          groupId,
          topics: asked.map((topicName) => ({ topicName })),
        });
        return asked.map((topic) => {
          const found = response.responses.find(({ topicName }) => topicName === topic);
          const { errorCode, errorMessage } =
            response.errorCode === ErrorCode.NONE ? (found ?? notAnswered("DeleteShareGroupOffsets")) : response;
          if (errorCode === ErrorCode.NONE) return done(undefined);
          const what = `cannot delete the offsets of share group ${groupId} in topic ${topic}`;
          return coordinatorVerdict(itemError(errorCode, what, errorMessage, { topic }), AGAIN);
        });
      },
    },
    limit,
  );
  return resultsOf(keys, results, (topic) => topic);
}
