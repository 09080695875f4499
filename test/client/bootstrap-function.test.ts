// `bootstrapServers` as a function, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { BootstrapServers } from "../../src/cluster/bootstrap.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld } from "./world.ts";

const wrong = <T>(value: unknown): T => value as T;

/** A client of the world's cluster that asks this function for addresses. */
function clientOf({ client, cluster }: World, bootstrapServers: BootstrapServers, more: object = {}) {
  const { connector } = cluster;
  return client({
    cluster: wrong(undefined),
    bootstrapServers,
    ...(connector === undefined ? {} : { connector }),
    ...more,
  });
}

test("the function is called when the first broker is needed, not before, and not while brokers are known", () =>
  inWorld({ brokers: 2, topics: { t: 2 } }, async (world) => {
    for (const answer of [
      (all: string) => all,
      (all: string) => all.split(","),
      (all: string) => Promise.resolve(all.split(",").slice(1)),
    ]) {
      let calls = 0;
      const kafka = clientOf(world, () => {
        calls++;
        return answer(world.cluster.bootstrapServers);
      });
      const producer = kafka.producer();
      assert.equal(calls, 0);
      await Promise.all([0, 1].map((partition) => producer.send({ topic: "t", partition, value: "x" })));
      assert.equal(calls, 1);
      await kafka.producer().send({ topic: "t", value: "x" });
      assert.equal(calls, 1, "the clients of one Kafka share the metadata");
      await kafka.close();
    }
  }));

test("a function that throws, rejects, or returns no addresses is called again until it does", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const answers = [
      () => {
        throw new Error("no idea");
      },
      () => Promise.reject(new Error("no idea")),
      () => "",
      () => [],
      () => wrong<string>(null),
      () => wrong<string>(undefined),
      () => ["localhost"],
      () => wrong<string[]>([1]),
      () => "127.0.0.1:1",
      () => new Promise<string>(() => undefined),
      () => world.cluster.bootstrapServers,
    ];
    const debug: string[] = [];
    let calls = 0;
    const kafka = clientOf(world, () => (answers[calls++] ?? assert.fail("too many calls"))(), {
      onLog: ({ message }: { readonly message: string }) => debug.push(message),
      requestTimeoutMs: 2000,
    });
    assert.equal((await kafka.producer().send({ topic: "t", value: "x" })).offset, 0);
    assert.equal(calls, answers.length);
    const said = debug.join("\n");
    for (const text of [
      "no broker answers: cannot find a broker: bootstrapServers() failed: no idea",
      'cannot find a broker: the result of bootstrapServers() is empty; it takes "host:port"',
      'the result of bootstrapServers() takes "host:port", several with commas between, or a list of them, not null',
      'the result of bootstrapServers() has "localhost", which is no host:port',
      "the function bootstrapServers has not returned addresses in time (timeout 2000 ms)",
    ])
      assert.ok(said.includes(text), `${text}\n${said}`);
  }));

test("a call that is over its time names what the function threw", () =>
  inWorld({}, async (world) => {
    const cause = new Error("the registry is down");
    const kafka = clientOf(world, () => Promise.reject(cause), { onLog: () => undefined });
    await assert.rejects(kafka.admin().listTopics({ timeoutMs: 1000 }), {
      kind: "timeout",
      message: /bootstrapServers\(\) failed: the registry is down/,
    });
  }));

test("after all brokers have moved, the function is asked for the new addresses", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    let calls = 0;
    const { connector } = world.cluster;
    let isMoved = false;
    const kafka = clientOf(
      world,
      () => {
        calls++;
        return isMoved ? "moved:1" : world.cluster.bootstrapServers;
      },
      {
        connector: {
          connect: (...[target, ...rest]: Parameters<NonNullable<typeof connector>["connect"]>) => {
            if (isMoved && target.host !== "moved") return Promise.reject(new Error("nobody lives here"));
            const [host = "", port] = world.cluster.bootstrapServers.split(":");
            return (connector ?? assert.fail()).connect(
              target.host === "moved" ? { ...target, host, port: Number(port) } : target,
              ...rest,
            );
          },
        },
        onLog: () => undefined,
      },
    );
    const admin = kafka.admin();
    await admin.listTopics();
    assert.equal(calls, 1);
    isMoved = true;
    await kafka.admin().listTopics();
    assert.ok(calls >= 2, `${calls}`);
  }));

test("close ends the wait for the function", () =>
  inWorld({}, async (world) => {
    const kafka = clientOf(world, () => new Promise<string>(() => undefined), { requestTimeoutMs: 60_000 });
    const admin = kafka.admin();
    const controller = new AbortController();
    const calls = [
      assert.rejects(admin.listTopics(), { kind: "closed" }),
      assert.rejects(admin.listTopics({ signal: controller.signal }), { kind: "cancelled" }),
    ];
    await sleep(world.platform, 100);
    controller.abort();
    const fromMs = world.platform.clock.monotonic();
    await admin.close();
    await Promise.all(calls);
    assert.ok(world.platform.clock.monotonic() - fromMs < 1000);
  }));

test("what is neither addresses nor a function is refused at once", () =>
  inWorld({}, (world) => {
    for (const [given, message] of [
      [{}, /bootstrapServers takes "host:port"/],
      [null, /bootstrapServers takes/],
      [5, /bootstrapServers takes/],
      [
        function* () {
          yield "a:1";
        },
        /bootstrapServers takes a function \(no generator/,
      ],
    ] as const)
      assert.throws(() => clientOf(world, wrong(given)), { kind: "config", message });
    return Promise.resolve();
  }));
