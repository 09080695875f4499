import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, refusal } from "../../cluster/routing/verdict.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { listOf, reading, text } from "../../errors/shape.ts";
import { listGroupsApi } from "../../protocol/messages/list-groups.ts";
import { askAll } from "../ask-all.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError } from "../item-error.ts";
import type { Listed } from "../listed.ts";
import { coordinatorVerdict } from "./coordinator-verdict.ts";
import { GROUP_STATE, GROUP_TYPE, type GroupState, type GroupType, stateOf, typeOf } from "./group-words.ts";

/** A group in the list of groups. Java: `GroupListing`. */
export interface GroupListing {
  /** The id of the group. */
  readonly groupId: string;
  /** Its type; undefined from brokers before Kafka 3.8, which have classic groups alone. */
  readonly type: GroupType | undefined;
  /** The protocol of its members: `"consumer"`; of Kafka Connect `"connect"`; `""` for offsets without members. */
  readonly protocolType: string;
  /** Its state; undefined from brokers before Kafka 2.6. */
  readonly state: GroupState | undefined;
  /** Whether it consists of offsets that were committed by no member. */
  readonly isSimpleConsumerGroup: boolean;
}

/** The options of `listConsumerGroups`. */
export interface ListConsumerGroupsOptions extends CallOptions {
  /** Only groups in one of these states. Default: any. Brokers from Kafka 2.6 on. Java: `inGroupStates`. */
  readonly inGroupStates?: readonly GroupState[];
  /** Only groups of one of these types. Default: any. Brokers from Kafka 3.8 on. Java: `withTypes`. */
  readonly withTypes?: readonly GroupType[];
}

/** The options of `listGroups`. */
export interface ListGroupsOptions extends ListConsumerGroupsOptions {
  /**
   * Only groups whose members have one of these protocols, for example `"consumer"`. Default: any. Java:
   * `withProtocolTypes`.
   */
  readonly withProtocolTypes?: readonly string[];
}

const FILTERS = { inGroupStates: listOf(GROUP_STATE), withTypes: listOf(GROUP_TYPE) };
const CONSUMER_OPTIONS = optionsWith(FILTERS);
const OPTIONS = optionsWith({ ...FILTERS, withProtocolTypes: listOf(text) });
const STATES_SINCE = 4;
const TYPES_SINCE = 5;

/** See `Admin.listGroups`. */
export async function listGroups(client: ClusterClient, options: ListGroupsOptions): Promise<Listed<GroupListing>> {
  const limit = callLimit(options, "listGroups", OPTIONS);
  const protocols = reading("listGroups: withProtocolTypes", () => options.withProtocolTypes?.slice());
  return list(client, options, limit, protocols);
}

/** See `Admin.listConsumerGroups`. */
export async function listConsumerGroups(
  client: ClusterClient,
  options: ListConsumerGroupsOptions,
): Promise<Listed<GroupListing>> {
  const limit = callLimit(options, "listConsumerGroups", CONSUMER_OPTIONS);
  return list(client, options, limit, ["consumer", ""]);
}

function list(
  client: ClusterClient,
  { inGroupStates = [], withTypes = [] }: ListConsumerGroupsOptions,
  limit: ReturnType<typeof callLimit>,
  protocols: readonly string[] | undefined,
): Promise<Listed<GroupListing>> {
  const what = "cannot list groups";
  const states = [...inGroupStates];
  const types = [...withTypes];
  return askAll<GroupListing>(
    client,
    {
      what,
      send: async (connection) => {
        const version = connection.version(listGroupsApi);
        if (states.length > 0 && version < STATES_SINCE) return needs("inGroupStates", "2.6");
        if (types.length > 0 && version < TYPES_SINCE) return needs("withTypes", "3.8");
        const { errorCode, groups } = await connection.request(
          listGroupsApi,
          {
            ...(version >= STATES_SINCE ? { statesFilter: states } : {}),
            ...(version >= TYPES_SINCE ? { typesFilter: types } : {}),
          },
          { version },
        );
        if (errorCode !== ErrorCode.NONE) return coordinatorVerdict(itemError(errorCode, what));
        return done(
          groups
            .filter(({ protocolType }) => protocols?.includes(protocolType) ?? true)
            .map(({ groupId, protocolType, groupState, groupType }) => ({
              groupId,
              type: version >= TYPES_SINCE ? typeOf(groupType) : undefined,
              protocolType,
              state: version >= STATES_SINCE ? stateOf(groupState) : undefined,
              isSimpleConsumerGroup: protocolType === "",
            })),
        );
      },
    },
    limit,
  );
}

function needs(option: string, release: string): ReturnType<typeof refusal> {
  return refusal(new KafkaError("unsupported", `the option ${option} of listGroups needs brokers of Kafka ${release}`));
}
