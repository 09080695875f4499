import { done } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { deleteGroupsApi } from "../../protocol/messages/delete-groups.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { itemError } from "../item-error.ts";
import type { Results } from "../results.ts";
import { coordinatorRoute, coordinatorVerdict } from "./coordinator-verdict.ts";
import { groupIds } from "./group-ids.ts";

/** See `Admin.deleteConsumerGroups`. `call`: the name of the method, for errors. */
export async function deleteConsumerGroups(
  context: AdminContext,
  groups: readonly string[],
  options: CallOptions,
  call = "deleteConsumerGroups",
): Promise<Results<string, undefined>> {
  const keys = groupIds(groups, `${call}: groups`);
  const limit = callLimit(options, call);
  const results = await askItems<string, undefined>(
    context.client,
    {
      what: `cannot delete ${counted(keys.length, "group")}`,
      keys,
      route: coordinatorRoute(context, "group", (groupId) => groupId),
      isChange: true,
      send: async (connection, asked) => {
        const { results } = await connection.request(deleteGroupsApi, { groupsNames: asked });
        return asked.map((groupId) => {
          const { errorCode, errorMessage } =
            results.find((one) => one.groupId === groupId) ?? notAnswered("DeleteGroups");
          return errorCode === ErrorCode.NONE
            ? done(undefined)
            : coordinatorVerdict(itemError(errorCode, `cannot delete group ${groupId}`, errorMessage));
        });
      },
    },
    limit,
  );
  return resultsOf(keys, results, (groupId) => groupId);
}
