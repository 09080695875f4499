import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done } from "../../cluster/routing/verdict.ts";
import { flag } from "../../errors/shape.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { askOne } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";

/** The options of `listTopics`. */
export interface ListTopicsOptions extends CallOptions {
  /**
   * Whether internal topics, such as `__consumer_offsets`, are in the list. Default true; Java's default is false.
   * Java: `listInternal`.
   */
  readonly listInternal?: boolean;
}

const OPTIONS = optionsWith({ listInternal: flag });

/** See `Admin.listTopics`. */
export async function listTopics(client: ClusterClient, options: ListTopicsOptions): Promise<readonly string[]> {
  const limit = callLimit(options, "listTopics", OPTIONS);
  const { listInternal = true } = options;
  return askOne(
    client,
    {
      what: "cannot list topics",
      send: async (connection) => {
        const { topics } = await connection.request(metadataApi, { topics: null, allowAutoTopicCreation: false });
        const listed = listInternal ? topics : topics.filter(({ isInternal }) => !isInternal);
        return done(listed.map(({ name }) => name ?? "").sort());
      },
    },
    limit,
  );
}
