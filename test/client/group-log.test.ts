// A consumer logs at `info` which partitions of its group it has, for the operator.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

for (const groupProtocol of ["classic", "consumer"] as const) {
  test(`${groupProtocol}: partitions that are assigned and revoked are logged at info, with their names`, () =>
    inWorld({ topics: { t: 4 } }, async ({ client, platform }) => {
      const lines: string[] = [];
      const kafka = client({
        onLog: ({ level, message }) => {
          if (level === "info") lines.push(message);
        },
      });
      const consumer = (): ReturnType<typeof kafka.consumer> =>
        kafka.consumer({ groupId: "g", topics: ["t"], groupProtocol });
      const first = consumer();
      const runs = [first.run({ eachRecord: () => undefined })];
      await sleep(platform, 10_000);
      assert.deepEqual(lines.splice(0), ["group g: assigned 4 partitions (t-0, t-1, t-2, t-3)"]);
      const second = consumer();
      runs.push(second.run({ eachRecord: () => undefined }));
      await sleep(platform, 20_000);
      assert.equal(lines.filter((line) => /^group g: revoked /.test(line)).length, 1, lines.join("\n"));
      assert.ok(lines.filter((line) => /^group g: assigned /.test(line)).length >= 1, lines.join("\n"));
      await second.close();
      lines.length = 0;
      await first.close();
      assert.equal(lines.filter((line) => /^group g: revoked [24] partitions /.test(line)).length, 1, lines.join("\n"));
      await Promise.all(runs);
    }));
}
