import assert from "node:assert/strict";
import { test } from "node:test";
import { withCluster } from "../../../test/embedded/raw-client.ts";
import { describeConfigsApi } from "../../protocol/messages/describe-configs.ts";

const [TOPIC, BROKER, LOGGER, METRICS, GROUP] = [2, 4, 8, 16, 32];

test("a client that asked for the documentation of configs got none", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    const names = [
      [TOPIC, "t", "topicconfigs_retention.ms"],
      [BROKER, "0", "brokerconfigs_log.retention.ms"],
      [METRICS, "m", ""],
      [GROUP, "g", "groupconfigs_consumer.session.timeout.ms"],
      [LOGGER, "0", undefined],
    ] as const;
    const resources = names.map(([resourceType, resourceName]) => ({ resourceType, resourceName }));
    const ask = async (includeDocumentation: boolean): Promise<(readonly (string | null)[])[]> => {
      const { results } = await client.request(describeConfigsApi, { resources, includeDocumentation });
      return results.map(({ configs }) => configs.map(({ documentation }) => documentation));
    };
    for (const [i, texts] of (await ask(true)).entries()) {
      const anchor = names[i]?.[2];
      assert.ok(texts.length > 0);
      if (anchor === undefined) assert.deepEqual([...new Set(texts)], [""], "loggers have none in Kafka either");
      else
        assert.ok(
          texts.some((text) => text?.includes(`documentation/${anchor === "" ? "" : "#"}${anchor}"`)),
          anchor,
        );
    }
    for (const texts of (await ask(false)).slice(0, -1)) assert.deepEqual([...new Set(texts)], [null]);
  }));
