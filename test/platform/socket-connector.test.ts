// Sockets that the user's function opens, with a real TCP listener.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect } from "node:net";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka, type OpenSocket, socketConnector } from "../../src/node.ts";

const wrong = <T>(value: unknown): T => value as T;
let cluster: EmbeddedCluster;

before(async () => {
  cluster = await EmbeddedCluster.start({ ports: [0], topics: { t: 1 } });
});

after(() => cluster.close());

const tcp: OpenSocket = ({ host, port }) =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => resolve(socket));
    socket.once("error", reject);
  });
const kafkaBy = (open: OpenSocket, onLog = (): void => undefined): Kafka =>
  new Kafka({ bootstrapServers: cluster.bootstrapServers, connector: socketConnector(open), onLog });

test("a producer and a consumer work through sockets of the user, large records too, and close them", async () => {
  const sockets: { readonly destroyed: boolean }[] = [];
  const kafka = kafkaBy(async (target, signal) => {
    const socket = await tcp(target, signal);
    sockets.push(socket as unknown as { readonly destroyed: boolean });
    return socket;
  });
  const producer = kafka.producer();
  const value = new Uint8Array(900_000).fill(7);
  for (let i = 0; i < 3; i++) await producer.send({ topic: "t", value });
  let count = 0;
  for await (const record of kafka.consumer({ topics: ["t"] })) {
    assert.deepEqual(record.value?.length, value.length);
    if (++count === 3) break;
  }
  await kafka.close();
  assert.ok(sockets.length >= 2);
  assert.ok(sockets.every(({ destroyed }) => destroyed));
});

test("a function that fails, or resolves with no socket: the reason is in the error; after a failure it is called again", async () => {
  let calls = 0;
  const kafka = kafkaBy((target, signal) => {
    if (calls++ === 0) throw new Error("the tunnel is down");
    return calls === 2 ? Promise.reject(new Error("still down")) : tcp(target, signal);
  });
  await kafka.producer().send({ topic: "t", value: "x" });
  assert.equal(calls >= 3, true);
  await kafka.close();
  const broken = kafkaBy(() => Promise.reject(new Error("the tunnel is down")));
  await assert.rejects(broken.admin().listTopics({ timeoutMs: 500 }), { message: /the tunnel is down/ });
  await broken.close();
  const none = kafkaBy(() => Promise.resolve(wrong({})));
  await assert.rejects(none.admin().listTopics(), {
    kind: "config",
    message: /the function of socketConnector returned an empty object .* a promise of a connected socket/,
  });
  await none.close();
  assert.throws(() => socketConnector(wrong(null)), { kind: "config" });
});

test("close does not wait for a function that never settles, and a socket that comes later is destroyed", async () => {
  let late: ((socket: never) => void) | undefined;
  const isAsked = withResolvers();
  const kafka = kafkaBy(() => {
    isAsked.resolve(undefined);
    return new Promise((resolve) => {
      late = resolve;
    });
  });
  const call = assert.rejects(kafka.admin().listTopics(), { kind: "closed" });
  await isAsked.promise;
  await kafka.close();
  await call;
  const isDestroyed = withResolvers();
  const nothing = (): void => undefined;
  late?.(
    wrong({
      on: nothing,
      write: nothing,
      pause: nothing,
      resume: nothing,
      destroy: () => isDestroyed.resolve(undefined),
    }),
  );
  await isDestroyed.promise;
});

/** Node 20 has no `Promise.withResolvers`. */
function withResolvers(): { readonly promise: Promise<undefined>; readonly resolve: (value: undefined) => void } {
  let resolve: (value: undefined) => void = () => undefined;
  const promise = new Promise<undefined>((settle) => {
    resolve = settle;
  });
  return { promise, resolve: (value) => resolve(value) };
}
