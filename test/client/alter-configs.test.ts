// The call that replaces all configs of a resource, on an embedded cluster in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inWorld } from "./world.ts";

const topic = { resourceType: "TOPIC", name: "t" } as const;
const wrong = <T>(value: unknown): T => value as T;

test("alterConfigs replaces all configs of a topic, validateOnly none; a wrong value fails its own resource", () =>
  inWorld({ topics: { t: 1, u: 1 } }, async ({ kafka }) => {
    const admin = kafka.admin();
    const own = async (): Promise<Record<string, string | null | undefined>> => {
      const [configs = []] = (await admin.describeConfigs([topic])).orThrow();
      return Object.fromEntries(
        configs.filter(({ source }) => source === "DYNAMIC_TOPIC_CONFIG").map(({ name, value }) => [name, value]),
      );
    };
    (
      await admin.incrementalAlterConfigs([{ ...topic, set: { "retention.ms": "1", "cleanup.policy": "compact" } }])
    ).orThrow();
    (await admin.alterConfigs([{ ...topic, configs: { "retention.ms": "2" } }], { validateOnly: true })).orThrow();
    assert.deepEqual(await own(), { "retention.ms": "1", "cleanup.policy": "compact" });
    (await admin.alterConfigs([{ ...topic, configs: { "retention.ms": "2" } }])).orThrow();
    assert.deepEqual(await own(), { "retention.ms": "2" });
    const mixed = await admin.alterConfigs([
      { ...topic, configs: {} },
      { resourceType: "TOPIC", name: "u", configs: { "retention.ms": "soon" } },
    ]);
    assert.deepEqual(
      [...mixed].map(([, error]) => error?.code),
      [undefined, 40],
    );
    assert.deepEqual(await own(), {});
  }));

test("wrong arguments are refused, and nothing is sent", () =>
  inWorld({ topics: { t: 1 } }, async ({ cluster, kafka }) => {
    let sent = 0;
    cluster.intercept("AlterConfigs", () => {
      sent++;
    });
    const admin = kafka.admin();
    for (const [given, message] of [
      [null, /alterConfigs: replacements takes a list/],
      [[{ ...topic }], /needs configs/],
      [[{ ...topic, set: {} }], /replaces all configs: pass configs, or call incrementalAlterConfigs/],
      [[{ ...topic, configs: { a: 1 } }], /takes a string/],
      [[{ ...topic, configs: null }], /takes a plain object/],
      [
        [
          { ...topic, configs: {} },
          { ...topic, configs: {} },
        ],
        /twice|once/,
      ],
    ] as const)
      await assert.rejects(admin.alterConfigs(wrong(given)), { kind: "config", message });
    await assert.rejects(admin.alterConfigs([], wrong({ dryRun: true })), { kind: "config" });
    await admin.close();
    await assert.rejects(admin.alterConfigs([{ ...topic, configs: {} }]), { kind: "closed" });
    assert.equal(sent, 0);
  }));
