// A closed client is freed, although its Kafka lives on: a program may open a consumer for each request.
import { spawnSync } from "node:child_process";
import assert from "node:assert/strict";
import { test } from "node:test";

const url = (path: string): string => JSON.stringify(new URL(`../../src/${path}.js`, import.meta.url).href);

const USES = {
  producer: `
    const client = kafka.producer();
    await client.send({ topic: "t", value: "v" });
    await client.close();`,
  admin: `
    const client = kafka.admin();
    await client.listTopics();
    await client.close();`,
  "consumer of a group": `
    const client = kafka.consumer({ topics: ["t"], groupId: "g" + n++ });
    for await (const record of client) break;
    await client.close();`,
  "consumer of a classic group": `
    const client = kafka.consumer({ topics: ["t"], groupId: "g" + n++, groupProtocol: "classic" });
    for await (const record of client) break;
    await client.close();`,
  "consumer with hooks": `
    const client = kafka.consumer({ topics: ["t"] });
    observe(client, { metadataChanged() {}, requestWritten() {} });
    for await (const record of client) break;
    await client.close();`,
};

for (const [what, use] of Object.entries(USES))
  test(`nothing keeps a closed client: ${what}`, () => {
    // In a process of its own, on Node's platform, which has channels for tracing.
    const code = `
      import v8 from "node:v8";
      const { Kafka, observe } = await import(${url("node")});
      const { EmbeddedCluster } = await import(${url("embedded")});
      const { ClusterClient } = await import(${url("cluster/cluster-client")});
      const cluster = await EmbeddedCluster.start({ topics: { t: 1 }, groups: { initialRebalanceDelayMs: 0 } });
      const kafka = new Kafka({ cluster });
      const producer = kafka.producer();
      await producer.send({ topic: "t", value: "v" });
      let n = 0;
      const use = async () => {${use}
      };
      for (let i = 0; i < 20; i++) await use();
      for (let i = 0; i < 5; i++) {
        await new Promise((resolve) => setImmediate(resolve));
        gc();
      }
      console.log(v8.queryObjects(ClusterClient, { format: "count" }));
      process.exit();`;
    const options = ["--expose-gc", "--no-warnings", "--input-type=module", "-e", code];
    const child = spawnSync(process.execPath, options, { encoding: "utf8" });
    assert.equal(child.status, 0, child.stderr);
    // The producer lives, and the last client may be in a variable still.
    assert.ok(Number(child.stdout) <= 3, `${child.stdout.trim()} of 21 clients`);
  });
