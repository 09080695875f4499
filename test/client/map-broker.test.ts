// Brokers that announce addresses which cannot be reached from here: the option `mapBroker`, in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnnouncedBroker, MapBroker } from "../../src/cluster/announced-broker.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Connector, ConnectTarget } from "../../src/runtime/byte-stream.ts";
import { inWorld, take, type World } from "./world.ts";

const wrong = <T>(value: unknown): T => value as T;

/** A network in which broker n is at `outside:(19000 + n)`, and the bootstrap servers at `entrance:1`. */
function tunnels({ cluster, connector }: World): { readonly connector: Connector; readonly targets: ConnectTarget[] } {
  const inside = cluster.bootstrapServers.split(",").map((address) => {
    const [host = "", port = ""] = address.split(":");
    return { host, port: Number(port) };
  });
  const targets: ConnectTarget[] = [];
  return {
    targets,
    connector: {
      connect: (target, sink, options) => {
        targets.push(target);
        const { host, port } = target;
        const found = host === "entrance" ? inside[0] : host === "outside" ? inside[port - 19_000] : undefined;
        if (found === undefined)
          return Promise.reject(new KafkaError("connection", `no way to ${host}:${port}`, { retriable: true }));
        return connector.connect(found, sink, options);
      },
    },
  };
}

const outside: MapBroker = ({ nodeId }) => ({ host: "outside", port: 19_000 + nodeId });

test("all brokers are reached at their mapped addresses; the bootstrap servers are not mapped", () =>
  inWorld({ brokers: 3, topics: { t: 6 } }, async (world) => {
    const { connector, targets } = tunnels(world);
    const seen: AnnouncedBroker[] = [];
    const kafka = world.client({
      cluster: wrong(undefined),
      bootstrapServers: "entrance:1",
      connector,
      mapBroker: (broker) => {
        seen.push(broker);
        return outside(broker);
      },
    });
    const producer = kafka.producer();
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => producer.send({ topic: "t", partition: i % 6, value: `${i}` })),
    );
    const consumer = kafka.consumer({ topics: ["t"], groupId: "g" });
    assert.equal((await take(consumer, 60)).length, 60);
    await kafka.close();
    assert.deepEqual(addresses(targets), ["entrance:1", "outside:19000", "outside:19001", "outside:19002"]);
    const announced = world.cluster.bootstrapServers.split(",");
    for (const { nodeId, host, port } of seen) assert.equal(`${host}:${port}`, announced[nodeId]);
  }));

test("brokers that all announce one address, as containers do with localhost:9092, are kept apart by their ids", () =>
  inWorld({ brokers: 3, topics: { t: 6 } }, async (world) => {
    const { connector, targets } = tunnels(world);
    world.cluster.intercept("Metadata", {
      respond: (response) => ({
        ...response,
        brokers: response.brokers.map((broker) => ({ ...broker, host: "entrance", port: 1 })),
      }),
    });
    const kafka = world.client({
      ...{ cluster: wrong(undefined), bootstrapServers: "entrance:1" },
      ...{ connector, mapBroker: outside },
    });
    const producer = kafka.producer();
    for (let partition = 0; partition < 6; partition++) await producer.send({ topic: "t", partition, value: "x" });
    await kafka.close();
    assert.ok(["outside:19000", "outside:19001", "outside:19002"].every((one) => addresses(targets).includes(one)));
    assert.ok(targets.length <= 7, `${targets.length} connections`); // 3 to produce, 3 for others, 1 to bootstrap
  }));

test("TLS has the broker's own name, a name of the user, or that of the user's function, which gets the broker's", () =>
  inWorld({ brokers: 1 }, async (world) => {
    const broker = world.cluster.bootstrapServers.split(":");
    for (const [servername, expected] of [
      [undefined, broker[0]],
      ["kafka.example", "kafka.example"],
      [(host: string, port: number) => `${host}-${port}`, broker.join("-")],
    ] as const) {
      const { connector, targets } = tunnels(world);
      const tls = servername === undefined ? {} : { servername };
      const kafka = world.client({
        ...{ cluster: wrong(undefined), bootstrapServers: "entrance:1", tls },
        ...{ connector, mapBroker: outside },
      });
      await kafka.producer().send({ topic: "t", value: "x" });
      await kafka.close();
      const mapped = targets.find(({ host }) => host === "outside")?.tls?.servername;
      assert.equal(typeof mapped === "function" ? mapped("outside", 19_000) : mapped, expected);
      assert.equal(targets.find(({ host }) => host === "entrance")?.tls?.servername, servername);
    }
  }));

test("a wrong result of mapBroker fails a call at once, and the error says what was wrong with it", async (t) => {
  for (const [why, result, says] of [
    ["nothing", undefined, /returned undefined instead of \{ host, port \}; return its argument for a broker/],
    ["null", null, /returned null instead of/],
    ["a text", "localhost:9092", /returned "localhost:9092" instead of/],
    [
      "a promise",
      () => Promise.reject(new Error("later")),
      /returned a promise, and the address must be returned itself/,
    ],
    ["no host", { port: 9092 }, /returned the host undefined, which is no name and no IP address/],
    ["an empty host", { host: "", port: 9092 }, /returned the host "", which is no name/],
    ["a host with a port", { host: "localhost:9092", port: 9092 }, /the host "localhost:9092", and the port belongs/],
    ["brackets", { host: "[::1]", port: 9092 }, /the host "\[::1\]", and an IPv6 address has no brackets here/],
    ["a host with a line break", { host: "a\r\nb", port: 9092 }, /which is no name and no IP address/],
    ["no port", { host: "localhost" }, /returned the port undefined, which is no whole number from 1 to 65535/],
    ["port 0", { host: "localhost", port: 0 }, /the port 0, which is no whole number/],
    ["a large port", { host: "localhost", port: 65_536 }, /the port 65536, which is no whole number/],
    ["a text as port", { host: "localhost", port: "9092" }, /the port "9092", which is no whole number/],
  ] as const)
    await t.test(why, () =>
      inWorld({ brokers: 1, topics: { t: 1 } }, async ({ client, platform }) => {
        const kafka = client({ mapBroker: () => wrong(typeof result === "function" ? result() : result) });
        const fromMs = platform.clock.monotonic();
        await assert.rejects(kafka.producer().send({ topic: "t", value: "x" }), (error: unknown) => {
          assert.ok(KafkaError.is(error));
          assert.deepEqual([error.kind, error.outcome], ["config", "notWritten"]);
          assert.match(error.message, /cannot connect to broker 0 \(.*\): the option mapBroker failed: it/);
          assert.match(error.message, says);
          return true;
        });
        assert.ok(platform.clock.monotonic() - fromMs < 1500); // an address that refuses is tried once a second
      }),
    );
});

test("a mapBroker that throws fails calls at once; a retriable KafkaError of its own is retried", () =>
  inWorld({ brokers: 1, topics: { t: 1 } }, async ({ client }) => {
    const broken = client({
      mapBroker: () => {
        throw new Error("no such tunnel");
      },
    });
    await assert.rejects(broken.producer().send({ topic: "t", value: "x" }), {
      kind: "config",
      message: /the option mapBroker failed: it threw no such tunnel/,
    });
    let calls = 0;
    const patient = client({
      mapBroker: (address) => {
        if (++calls < 3) throw new KafkaError("connection", "the tunnel is not open yet", { retriable: true });
        return address; // with the node id, which is not looked at
      },
    });
    await patient.producer().send({ topic: "t", value: "x" });
    assert.ok(calls >= 3);
  }));

test("an error of a mapped connection names the broker and both addresses", () =>
  inWorld({ brokers: 1, topics: { t: 1 } }, async (world) => {
    const { connector } = tunnels(world);
    const kafka = world.client({
      ...{ cluster: wrong(undefined), bootstrapServers: "entrance:1", connector },
      mapBroker: () => ({ host: "nowhere", port: 7 }),
    });
    await assert.rejects(
      kafka.producer({ deliveryTimeoutMs: 2000, requestTimeoutMs: 1000, lingerMs: 0 }).send({
        ...{ topic: "t", value: "x" },
      }),
      { message: /no way to nowhere:7; this is the address that mapBroker returned for broker 0 \(/ },
    );
  }));

test("an error of a broker that mapBroker leaves as it is does not mention mapBroker", () =>
  inWorld({ brokers: 1, topics: { t: 1 } }, async (world) => {
    const { connector } = tunnels(world);
    const kafka = world.client({
      ...{ cluster: wrong(undefined), bootstrapServers: "entrance:1", connector },
      mapBroker: (broker) => broker,
    });
    await assert.rejects(
      kafka.producer({ deliveryTimeoutMs: 2000, requestTimeoutMs: 1000, lingerMs: 0 }).send({
        ...{ topic: "t", value: "x" },
      }),
      (error: Error) => error.message.includes("no way to ") && !error.message.includes("mapBroker"),
    );
  }));

test("mapBroker must be a function", () =>
  inWorld({ brokers: 1 }, ({ client }) => {
    for (const value of [null, {}, "localhost", 1, function* () {}])
      assert.throws(() => client({ mapBroker: wrong(value) }), {
        kind: "config",
        message: /mapBroker takes a function/,
      });
    return Promise.resolve();
  }));

function addresses(targets: readonly ConnectTarget[]): readonly string[] {
  return [...new Set(targets.map(({ host, port }) => `${host}:${port}`))].sort();
}
