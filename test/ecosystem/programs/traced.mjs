// What a traced application does, for each tracing agent: eachMessage, eachBatch, a transaction, a handler that fails.
// The agent's own program calls traced(); kafkajs comes from it, since each agent has its own order of loading.
import { setTimeout as sleep } from "node:timers/promises";

const GROUP = { sessionTimeout: 10_000, rebalanceTimeout: 10_000, heartbeatInterval: 300, maxWaitTimeInMs: 200 };

/**
 * `inTransaction(name, call)`: runs it in a span or transaction of the application's own, so that what is sent has a
 * parent. `around`: the same for `run`. `noteHandler(name, message)`: called in each handler. `crashes` is false where
 * the agent does not hand on the error of a handler.
 */
export async function traced({
  kafkajs,
  bootstrap,
  prefix,
  inTransaction,
  noteHandler,
  around = (call) => call(),
  crashes = true,
}) {
  const { Kafka, logLevel, KafkaJSNonRetriableError } = kafkajs;
  const kafka = new Kafka({
    ...{ clientId: "traced", brokers: bootstrap.split(","), logLevel: logLevel.NOTHING },
    retry: { retries: 5, initialRetryTime: 50 },
  });
  const topic = (name) => `${prefix}-${name}`;
  const done = {};

  /** Reads `count` messages, then leaves. */
  async function read(name, count, handlers) {
    const consumer = kafka.consumer({
      groupId: topic(name),
      ...GROUP,
      retry: { retries: 0, restartOnFailure: async () => false },
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic(name)], fromBeginning: true });
    const crashed = new Promise((resolve) =>
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error)),
    );
    let left = count;
    let finish;
    const finished = new Promise((resolve) => (finish = resolve));
    const arrived = (n) => {
      left -= n;
      if (left <= 0) finish();
    };
    await around(() => consumer.run(handlers(arrived)));
    const error = await Promise.race([finished, crashed]);
    // What the handler's span needs after the handler.
    await sleep(300);
    await consumer.disconnect();
    return error === undefined ? "read" : `${error.name}: ${error.message}`;
  }

  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await inTransaction("sends one", () =>
    producer.send({
      topic: topic("each"),
      messages: [{ key: "k", value: "one", partition: 1, headers: { own: "1" } }],
    }),
  );
  done.each = await read("each", 1, (arrived) => ({
    async eachMessage({ message }) {
      noteHandler("eachMessage", message);
      arrived(1);
    },
  }));
  await inTransaction("sends a batch", () =>
    producer.sendBatch({
      topicMessages: [{ topic: topic("batch"), messages: [1, 2, 3].map((n) => ({ value: `m${n}`, partition: 2 })) }],
    }),
  );
  done.batch = await read("batch", 3, (arrived) => ({
    async eachBatch({ batch }) {
      noteHandler("eachBatch", batch.messages[0]);
      arrived(batch.messages.length);
    },
  }));
  await producer.send({ topic: topic("fails"), messages: [{ value: "bad", partition: 0 }] });
  done.fails = await read("fails", 1, (arrived) => ({
    async eachMessage() {
      if (!crashes) arrived(1);
      throw new KafkaJSNonRetriableError("the handler says no");
    },
  }));
  done.refused = await inTransaction("sends to no topic", () =>
    producer.send({ topic: topic("none"), messages: [{ value: "x" }] }).then(
      () => "sent",
      (error) => error.name,
    ),
  );
  await producer.disconnect();

  const transactional = kafka.producer({ transactionalId: prefix, idempotent: true, maxInFlightRequests: 1 });
  await transactional.connect();
  await inTransaction("commits", async () => {
    const transaction = await transactional.transaction();
    await transaction.send({ topic: topic("eos"), messages: [{ value: "in a transaction", partition: 0 }] });
    await transaction.commit();
  });
  await inTransaction("aborts", async () => {
    const transaction = await transactional.transaction();
    await transaction.send({ topic: topic("eos"), messages: [{ value: "aborted", partition: 1 }] });
    await transaction.abort();
  });
  await transactional.disconnect();
  done.eos = await read("eos", 1, (arrived) => ({
    async eachMessage({ message }) {
      noteHandler("in a transaction", message);
      arrived(1);
    },
  }));
  return done;
}
