import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, refusal, type Verdict } from "../../cluster/routing/verdict.ts";
import type { TimeLimit } from "../../cluster/time-limit.ts";
import { notAtControllers } from "../../errors/at-controllers.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { rejectionOf } from "../../errors/rejection.ts";
import { wholeFrom } from "../../errors/shape.ts";
import type { Connection } from "../../network/connection.ts";
import type { ApiName, RequestOf, ResponseOf } from "../../protocol/api-name.ts";
import { negotiate } from "../../protocol/api-versions.ts";
import { apiNamed } from "../../protocol/apis.ts";
import type { Api, Input } from "../../protocol/schema.ts";
import { askItems } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { checkMessage } from "./check-message.ts";
import { isDestination, type RequestDestination, routeTo } from "./destination.ts";

/** The options of `Kafka.request`. */
export interface RequestOptions extends CallOptions {
  /**
   * The broker that gets the request. Default `"any"`: with KRaft, every broker forwards requests for the controller.
   * In a cluster with ZooKeeper those need `"controller"`.
   */
  readonly to?: RequestDestination;
  /**
   * The version of the API. It is not limited by `minVersions` and `maxVersions` of the `Kafka`. Default: the highest
   * that this client and the broker have and those options allow.
   */
  readonly version?: number;
}

const OPTIONS = optionsWith({ to: isDestination, version: wholeFrom(0, 32_767) });

/** See `Kafka.request`. */
export async function rawRequest<A extends ApiName>(
  client: ClusterClient,
  name: A,
  message: Input<RequestOf<A>>,
  options: RequestOptions,
): Promise<ResponseOf<A>> {
  const api = apiNamed<A>(name, "request");
  const limit = callLimit(options, "request", OPTIONS);
  checkMessage(api.request, message);
  checkAnswered(api.name, message);
  const { to = "any", version } = options;
  if (client.cluster.isOfControllers && typeof to === "object" && !("broker" in to))
    throw notAtControllers("request to a leader or a coordinator");
  const [result] = await askItems<string, ResponseOf<A>>(
    client,
    {
      what: `cannot request ${api.name}`,
      keys: [api.name],
      route: routeTo(to, client),
      send: async (connection, _keys, within) => [await send(client, connection, api, message, version, within)],
    },
    limit,
  );
  if (result === undefined) throw new KafkaError("internal", `${api.name}: there is neither an answer nor an error`);
  return result.error === undefined ? result.answer : await rejectionOf(result.error);
}

/** Sends the request. It is sent again only if it was certainly not sent, because a repetition may do harm. */
async function send<Req, Res>(
  { clock, cluster }: ClusterClient,
  connection: Connection,
  api: Api<Req, Res>,
  message: Input<Req>,
  pinned: number | undefined,
  { endsAtMs }: TimeLimit,
): Promise<Verdict<Res>> {
  try {
    const version = pinned === undefined ? connection.version(api) : pinnedVersion(connection, api, pinned);
    // The call's own limit ends first: a request that may take long does not close the connection.
    const timeoutMs = Math.max(cluster.settings.requestTimeoutMs, Math.ceil(endsAtMs - clock.monotonic()));
    return done(await connection.request(api, message, { version, timeoutMs, isInTurns: true }));
  } catch (error) {
    const failure = KafkaError.from(error);
    if (failure.outcome === "indefinite") return { then: "fail", error: failure };
    // The encoder could not write a field.
    const isWrong = failure.kind === "protocol" && failure.outcome === undefined;
    return refusal(
      isWrong ? new KafkaError("config", `request: ${failure.message}`, { ...detailsOf(failure) }) : failure,
    );
  }
}

function pinnedVersion<Req, Res>(connection: Connection, api: Api<Req, Res>, pinned: number): number {
  const served = connection.brokerVersions.get(api.key);
  const { min, max } = api.request;
  if (served !== undefined && (pinned < Math.max(min, served.min) || pinned > Math.min(max, served.max)))
    throw new KafkaError(
      "unsupported",
      `${api.name} version ${pinned}: broker ${connection.address} serves versions ${served.min} to ${served.max}, ` +
        `this client speaks ${min} to ${max}`,
    );
  return served === undefined ? negotiate(api, served) : pinned;
}

/** A broker answers no Produce request with acks 0, which is also the default of the field. */
function checkAnswered(api: string, message: unknown): void {
  if (api === "Produce" && [0, undefined].includes((message as { readonly acks?: number }).acks))
    throw new KafkaError("config", "request: Produce with acks 0 has no response: set acks to 1 or -1");
}
