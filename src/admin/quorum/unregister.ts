import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done } from "../../cluster/routing/verdict.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { MAX_INT32, wholeFrom } from "../../errors/shape.ts";
import type { Connection } from "../../network/connection.ts";
import { unregisterBrokerApi } from "../../protocol/messages/unregister-broker.ts";
import { unregisterControllerApi } from "../../protocol/messages/unregister-controller.ts";
import { askOne } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { itemError, itemVerdict } from "../item-error.ts";

const NODE = wholeFrom(0, MAX_INT32);

/** See `Admin.unregisterBroker`. */
export async function unregisterBroker(client: ClusterClient, brokerId: number, options: CallOptions): Promise<void> {
  NODE(brokerId, "unregisterBroker: brokerId");
  await unregister(
    client,
    `cannot unregister broker ${brokerId}`,
    callLimit(options, "unregisterBroker"),
    (connection) => connection.request(unregisterBrokerApi, { brokerId }),
  );
}

/** See `Admin.unregisterController`. */
export async function unregisterController(
  client: ClusterClient,
  controllerId: number,
  options: CallOptions,
): Promise<void> {
  NODE(controllerId, "unregisterController: controllerId");
  await unregister(
    client,
    `cannot unregister controller ${controllerId}`,
    callLimit(options, "unregisterController"),
    (connection) => connection.request(unregisterControllerApi, { controllerId }),
  );
}

async function unregister(
  client: ClusterClient,
  what: string,
  limit: ReturnType<typeof callLimit>,
  request: (connection: Connection) => Promise<{ readonly errorCode: number; readonly errorMessage: string | null }>,
): Promise<void> {
  await askOne(
    client,
    {
      what,
      isChange: true,
      send: async (connection) => {
        const { errorCode, errorMessage } = await request(connection);
        if (errorCode === ErrorCode.NONE) return done(true);
        const error = itemError(errorCode, what, errorMessage);
        // The controller was busy. The second request removes a node that the first has left.
        return errorCode === ErrorCode.REQUEST_TIMED_OUT ? { then: "retry", error } : itemVerdict(error);
      },
    },
    limit,
  );
}
