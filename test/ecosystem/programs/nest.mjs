// NestJS's Kafka transport, as an application uses it. BOOTSTRAP PREFIX: topics are made before, three partitions each.
// Prints one line of JSON with what came of each part.
import "reflect-metadata";
import { setTimeout as sleep } from "node:timers/promises";
import { Controller, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import {
  ClientKafka,
  EventPattern,
  KafkaRetriableException,
  MessagePattern,
  Payload,
  RpcException,
  ServerKafka,
  Transport,
} from "@nestjs/microservices";
import { firstValueFrom } from "rxjs";

const [bootstrap, prefix, requests = "1000", parts = "all"] = process.argv.slice(2);
const brokers = bootstrap.split(",");
const topic = (name) => `${prefix}-${name}`;
const group = { sessionTimeout: 6000, rebalanceTimeout: 6000, heartbeatInterval: 300, maxWaitTimeInMs: 200 };

const seen = { events: [], found: [], tries: 0, handledBy: {} };

class Calls {
  sum({ value: { a, b } }) {
    return a + b;
  }
  who({ value: { n } }) {
    return { n };
  }
  again({ value }) {
    seen.tries++;
    if (seen.tries < 3) throw new KafkaRetriableException("not yet");
    return `after ${seen.tries} tries: ${value}`;
  }
  fails() {
    throw new RpcException({ reason: "refused" });
  }
  event(data) {
    seen.events.push(data.value.n);
  }
  found(data) {
    seen.found.push(`${data.topic} ${data.value.n}`);
  }
}
Controller()(Calls);
/** What the decorators of TypeScript do. */
function method(name, pattern) {
  pattern(Calls.prototype, name, Object.getOwnPropertyDescriptor(Calls.prototype, name));
  Payload()(Calls.prototype, name, 0);
}
for (const name of ["sum", "who", "again", "fails"]) method(name, MessagePattern(topic(name)));
method("event", EventPattern(topic("event")));

class AppModule {}
Module({ controllers: [Calls] })(AppModule);

/** The deserializer gives handlers the whole message, topic and headers too. */
const deserializer = { deserialize: (message, { channel }) => ({ pattern: channel, data: message }) };

async function startServer(name, { groupId = `${prefix}-calls`, module = AppModule, strategy } = {}) {
  const settings = {
    ...{
      client: { brokers, clientId: name, retry: { initialRetryTime: 50, retries: 8 } },
      subscribe: { fromBeginning: true },
    },
    ...{ consumer: { groupId, retry: { initialRetryTime: 50, retries: 8 }, ...group }, deserializer },
  };
  const app = await NestFactory.createMicroservice(
    module,
    strategy === undefined
      ? { transport: Transport.KAFKA, options: settings, logger: false }
      : { strategy: strategy(settings), logger: false },
  );
  await app.listen();
  return app;
}

async function startClient(names) {
  const client = new ClientKafka({
    client: { brokers, clientId: "asks", retry: { initialRetryTime: 50, retries: 8 } },
    consumer: { groupId: `${prefix}-asks`, ...group },
  });
  client.logger?.constructor.overrideLogger?.(false);
  for (const name of names) client.subscribeToResponseOf(topic(name));
  await client.connect();
  return client;
}

async function until(condition) {
  for (let i = 0; i < 3000 && !condition(); i++) await sleep(10);
}

/** `count` requests, 50 at a time. */
async function ask(client, count) {
  let right = 0;
  let next = 0;
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      while (next < count) {
        const a = next++;
        if (Number(await firstValueFrom(client.send(topic("sum"), { a, b: 1 }))) === a + 1) right++;
      }
    }),
  );
  return right;
}

/** Requests go on while each of two servers is replaced. */
async function roll(client, servers) {
  const answers = new Map();
  let done = false;
  let sent = 0;
  const open = new Set();
  const asking = (async () => {
    while (!done) {
      const n = sent++;
      open.add(n);
      void firstValueFrom(client.send(topic("who"), { n })).then(
        (answer) => {
          answers.set(n, answer.n);
          open.delete(n);
        },
        (error) => answers.set(n, String(error)),
      );
      await sleep(20);
    }
  })();
  await until(() => answers.size > 20);
  for (const [i, server] of servers.entries()) {
    await server.close();
    servers[i] = await startServer(`new-${i}`);
    const from = sent + 50;
    await until(() => answers.has(from));
  }
  done = true;
  await asking;
  await until(() => open.size === 0);
  return { isEnough: sent > 100, unanswered: [...open], wrong: [...answers].filter(([n, answer]) => n !== answer) };
}

/** NestJS 11 has no RegExp of its own: what its users write is a strategy. */
class FindingServer extends ServerKafka {
  async bindEvents(consumer) {
    await consumer.subscribe({ topics: [new RegExp(`^${prefix}-found-.*`)], fromBeginning: true });
    await consumer.run({ eachMessage: this.getMessageHandler() });
  }
  getHandlerByPattern() {
    return async (data) => seen.found.push(`${data.topic} ${data.value.n}`);
  }
}

async function find(client) {
  const server = await startServer("finds", {
    groupId: `${prefix}-finds`,
    strategy: (settings) => new FindingServer(settings),
  });
  for (const name of ["found-a", "found-b", "other"]) await firstValueFrom(client.emit(topic(name), { n: 1 }));
  await until(() => seen.found.length >= 2);
  await server.close();
  return seen.found.map((text) => text.slice(prefix.length + 1)).sort();
}

/** NestJS 12 takes a RegExp as pattern. */
async function findByPattern(client) {
  class Finds {
    found(data) {
      seen.byPattern.push(`${data.topic.slice(prefix.length + 1)} ${data.value.n}`);
    }
  }
  seen.byPattern = [];
  Controller()(Finds);
  EventPattern(new RegExp(`^${prefix}-found-.*`))(
    Finds.prototype,
    "found",
    Object.getOwnPropertyDescriptor(Finds.prototype, "found"),
  );
  Payload()(Finds.prototype, "found", 0);
  class FindsModule {}
  Module({ controllers: [Finds] })(FindsModule);
  const server = await startServer("finds", { groupId: `${prefix}-finds-12`, module: FindsModule });
  await firstValueFrom(client.emit(topic("found-a"), { n: 2 }));
  await until(() => seen.byPattern.length >= 3);
  await server.close();
  return seen.byPattern.sort();
}

const result = {};
const first = await startServer("first");
const client = await startClient(["sum", "who", "again", "fails"]);
result.requests = await ask(client, Number(requests));
if (parts !== "requests") {
  for (let n = 0; n < 100; n++) await firstValueFrom(client.emit(topic("event"), { n }));
  await until(() => seen.events.length >= 100);
  result.events = new Set(seen.events).size;
  result.again = await firstValueFrom(client.send(topic("again"), "hello"));
  result.fails = await firstValueFrom(client.send(topic("fails"), "x")).catch((error) => error);
  result.found = await find(client);
  if (parts === "12") result.foundByPattern = await findByPattern(client);
  const [kafka, consumer, producer] = first.unwrap();
  result.unwrapped = [typeof kafka.admin, typeof consumer.seek, typeof producer.sendBatch];
  const servers = [first, await startServer("second")];
  result.rolling = await roll(client, servers);
  await Promise.all(servers.map((server) => server.close()));
} else await first.close();
await client.close();
console.log(JSON.stringify(result));
