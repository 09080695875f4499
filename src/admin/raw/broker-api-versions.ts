import type { CallLimit } from "../../cluster/call-retries.ts";
import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, refusal, type Verdict } from "../../cluster/routing/verdict.ts";
import { TimeLimit } from "../../cluster/time-limit.ts";
import { notAtControllers } from "../../errors/at-controllers.ts";
import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { MAX_INT32, wholeFrom } from "../../errors/shape.ts";
import type { Connection } from "../../network/connection.ts";
import { SOFTWARE_NAME, SOFTWARE_VERSION } from "../../network/software.ts";
import { knownApis } from "../../protocol/known-apis.ts";
import { type ApiVersionsResponse, apiVersionsApi } from "../../protocol/messages/api-versions.ts";
import { askItems, askOne, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import type { FeatureLevels, FeatureMetadata } from "../cluster/describe-features.ts";
import type { Results } from "../results.ts";
import { releaseOf } from "./release-of.ts";

/** The versions of an API that a broker serves. Java: `ApiVersion`. */
export interface ApiVersionRange {
  /** The lowest version. */
  readonly min: number;
  /** The highest version. */
  readonly max: number;
}

/** The APIs and features of one broker. Java: `NodeApiVersions`. */
export interface BrokerApiVersions extends FeatureMetadata {
  /** The versions of each API, by Kafka's names; `API 99` for one that this client does not know. */
  readonly apis: Readonly<Record<string, ApiVersionRange>>;
}

/** The options of `Kafka.apiVersions` and `Kafka.brokerRelease`. */
export interface ApiVersionsOptions extends CallOptions {
  /** The node id of the only broker to ask. Default: `apiVersions` asks all brokers, `brokerRelease` any one. */
  readonly broker?: number;
}

const OPTIONS = optionsWith({ broker: wholeFrom(0, MAX_INT32) }, { nodeId: "broker" });
/** Version 4 also returns features whose lowest level is 0. Version 5 adds nothing to the response. */
const LATEST = 4;

/** See `Kafka.apiVersions`. */
export async function apiVersions(
  client: ClusterClient,
  options: ApiVersionsOptions,
): Promise<Results<number, BrokerApiVersions>> {
  const limit = callLimit(options, "apiVersions", OPTIONS);
  const what = "cannot ask for the versions of a broker";
  const beganMs = client.clock.monotonic();
  const keys = options.broker === undefined ? await brokersOf(client, what, limit) : [options.broker];
  const timeoutMs = Math.max(1, limit.timeoutMs - (client.clock.monotonic() - beganMs));
  const results = await askItems<number, BrokerApiVersions>(
    client,
    {
      what,
      keys,
      route: { to: "broker", nodeId: (nodeId) => nodeId, isExact: true },
      send: async (connection, asked) => {
        const verdict = await ask(connection, what, versionsIn);
        return asked.map(() => verdict);
      },
    },
    { ...limit, timeoutMs },
  );
  return resultsOf(keys, results, String);
}

/** See `Kafka.brokerRelease`. */
export async function brokerRelease(client: ClusterClient, options: ApiVersionsOptions): Promise<string | undefined> {
  const limit = callLimit(options, "brokerRelease", OPTIONS);
  if (client.cluster.isOfControllers) throw notAtControllers("brokerRelease");
  const what = "cannot ask for the versions of a broker";
  return askOne(
    client,
    {
      what,
      to: options.broker ?? "any",
      send: (connection) =>
        ask(connection, what, ({ apiKeys }) =>
          releaseOf(new Map(apiKeys.map(({ apiKey, maxVersion }) => [apiKey, maxVersion]))),
        ),
    },
    limit,
  );
}

/** The node ids of all brokers, after a fresh look at which there are. */
async function brokersOf(client: ClusterClient, what: string, limit: CallLimit): Promise<readonly number[]> {
  const beganMs = client.clock.monotonic();
  const { brokers } = await TimeLimit.around(client, { ...limit, what }, ({ endsAtMs: deadlineMs, signal }) =>
    client.awaitMetadata(({ updatedAtMs }) => updatedAtMs > beganMs, { deadlineMs, what, signal }),
  );
  return [...brokers.keys()].sort((a, b) => a - b);
}

/** Asks on the open connection: the cluster may have been upgraded since its handshake. */
async function ask<T>(
  connection: Connection,
  what: string,
  read: (response: ApiVersionsResponse) => T,
): Promise<Verdict<T>> {
  const software = { clientSoftwareName: SOFTWARE_NAME, clientSoftwareVersion: SOFTWARE_VERSION };
  const version = connection.version(apiVersionsApi, LATEST);
  const response = await connection.request(apiVersionsApi, software, { version });
  return response.errorCode === ErrorCode.NONE ? done(read(response)) : refusal(brokerError(response.errorCode, what));
}

function versionsIn(response: ApiVersionsResponse): BrokerApiVersions {
  const names = new Map(knownApis().map(({ key, name }) => [key, name]));
  const { apiKeys, finalizedFeatures, finalizedFeaturesEpoch, supportedFeatures } = response;
  const levels = (name: string, min: number, max: number): readonly [string, FeatureLevels] => [name, { min, max }];
  return {
    apis: Object.fromEntries(
      apiKeys.map(({ apiKey, minVersion: min, maxVersion: max }) => [
        names.get(apiKey) ?? `API ${apiKey}`,
        { min, max },
      ]),
    ),
    finalizedFeatures: Object.fromEntries(
      finalizedFeatures.map(({ name, minVersionLevel, maxVersionLevel }) =>
        levels(name, minVersionLevel, maxVersionLevel),
      ),
    ),
    finalizedFeaturesEpoch: finalizedFeaturesEpoch < 0 ? undefined : finalizedFeaturesEpoch,
    supportedFeatures: Object.fromEntries(
      supportedFeatures.map(({ name, minVersion, maxVersion }) => levels(name, minVersion, maxVersion)),
    ),
  };
}
