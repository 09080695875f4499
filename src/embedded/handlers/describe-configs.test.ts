import assert from "node:assert/strict";
import { test } from "node:test";
import { withCluster } from "../../../test/embedded/raw-client.ts";
import { describeConfigsApi } from "../../protocol/messages/describe-configs.ts";

const [TOPIC, BROKER, LOGGER, METRICS, GROUP] = [2, 4, 8, 16, 32];

test("each config of topics, brokers, groups and subscriptions has documentation for a client that asks for it", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    const rows: readonly (readonly [type: number | undefined, name: string, text: RegExp])[] = [
      [TOPIC, "t", /^Kafka's topic config retention\.ms: https:.*#topicconfigs_retention\.ms$/],
      [BROKER, "0", /^Kafka's broker config log\.retention\.ms: https:.*#brokerconfigs_log\.retention\.ms$/],
      [GROUP, "g", /^Kafka's group config .*#groupconfigs_consumer\.session\.timeout\.ms$/],
      [METRICS, "m", /^Kafka's config interval\.ms of a subscription to the metrics of clients: KIP-714$/],
    ];
    for (const [resourceType = 0, resourceName, text] of rows) {
      const resources = [{ resourceType, resourceName, configurationKeys: null }];
      const ask = async (includeDocumentation: boolean): Promise<readonly (string | null)[]> => {
        const { results } = await client.request(describeConfigsApi, { resources, includeDocumentation });
        return results[0]?.configs.map(({ documentation }) => documentation) ?? [];
      };
      const asked = await ask(true);
      assert.ok(asked.length > 0 && asked.every((one) => one !== null && one !== ""), resourceName);
      assert.ok(
        asked.some((one) => text.test(one ?? "")),
        `${resourceName}: ${asked.join("\n")}`,
      );
      assert.ok((await ask(false)).every((one) => one === null));
    }
  }));

test("loggers have an empty documentation, as in Kafka; synonyms come only for a client that asks for them", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    const logger = { resourceType: LOGGER ?? 0, resourceName: "0", configurationKeys: null };
    const { results } = await client.request(describeConfigsApi, { resources: [logger], includeDocumentation: true });
    assert.deepEqual([...new Set(results[0]?.configs.map(({ documentation }) => documentation))], [""]);
    const broker = { ...logger, resourceType: BROKER ?? 0, configurationKeys: ["log.segment.bytes"] };
    for (const includeSynonyms of [true, false]) {
      const described = await client.request(describeConfigsApi, { resources: [broker], includeSynonyms });
      assert.equal(described.results[0]?.configs[0]?.synonyms.length !== 0, includeSynonyms);
    }
  }));
