import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, type Verdict } from "../../cluster/routing/verdict.ts";
import { notAtControllers } from "../../errors/at-controllers.ts";
import { MAX_INT32, wholeFrom } from "../../errors/shape.ts";
import type { Connection } from "../../network/connection.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { askOne } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";

/** The options of `Kafka.ping`. */
export interface PingOptions extends CallOptions {
  /**
   * How long the broker may take, in ms, including the connection, the login and retries. Default 5000: the caller is a
   * probe, or a person who waits.
   */
  readonly timeoutMs?: number;
  /** The node id of the broker to ask. Default: any broker. */
  readonly broker?: number;
}

/** The answer of a broker to `Kafka.ping`. */
export interface Pong {
  /** The id of the cluster; undefined from brokers before Kafka 0.10.1. */
  readonly clusterId: string | undefined;
  /** The address of the broker that answered, `host:port`. */
  readonly address: string;
  /** How many brokers the cluster has, as this one knows. */
  readonly brokerCount: number;
  /** The time from the request to the answer, in ms, without that for a connection and a login. */
  readonly roundTripMs: number;
}

const OPTIONS = optionsWith({ broker: wholeFrom(0, MAX_INT32) }, { nodeId: "broker" });
const DEFAULT_TIMEOUT_MS = 5000;

/** See `Kafka.ping`. */
export async function ping(client: ClusterClient, options: PingOptions): Promise<Pong> {
  const limit = callLimit(options, "ping", OPTIONS, DEFAULT_TIMEOUT_MS);
  if (client.cluster.isOfControllers) throw notAtControllers("ping");
  return askOne(
    client,
    {
      what: "the cluster does not answer",
      to: options.broker ?? "any",
      send: (connection) => answerOf(client, connection),
    },
    limit,
  );
}

async function answerOf({ clock }: ClusterClient, connection: Connection): Promise<Verdict<Pong>> {
  const sentMs = clock.monotonic();
  const message = { topics: [], allowAutoTopicCreation: false };
  const { brokers, clusterId } = await connection.request(metadataApi, message);
  return done({
    clusterId: clusterId ?? undefined,
    address: connection.address,
    brokerCount: brokers.length,
    roundTripMs: clock.monotonic() - sentMs,
  });
}
