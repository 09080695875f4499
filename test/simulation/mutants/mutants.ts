import type { WorkloadOptions } from "../../../src/cli/workload.ts";
import type { Knobs } from "../../../src/scenarios/workload/workload-knobs.ts";
import type { World } from "../../../src/simulation.ts";
import type { Patch } from "./patched-copy.ts";
import { longPartition, staleMetadata } from "./surroundings.ts";

/** A planted bug, and the invariant that finds it. */
export interface Mutant {
  readonly what: string;
  /** The invariant that must find it. */
  readonly invariant: string;
  /** Other invariants that may report the same bug. Most bugs are reported by one checker alone. */
  readonly also?: readonly string[];
  readonly patches?: readonly Patch[];
  /** A seed that found it once: it is tried first to save time. */
  readonly hint?: number;
  /** Settings of the run, in place of those that the seed draws. */
  readonly adjust?: (drawn: Knobs) => Knobs;
  /** Conditions that the bug needs. They are no bug: without the patches no invariant breaks. */
  readonly surroundings?: (world: World) => void;
}

const producer =
  (settings: Knobs["producer"]) =>
  (drawn: Knobs): Knobs => ({ ...drawn, producer: { ...drawn.producer, ...settings } });

/** Bugs of the producer. */
const producerMutants: readonly Mutant[] = [
  {
    what: "acknowledged before it is appended: a broker that forgets a batch",
    invariant: "P1",
    patches: [
      {
        file: "embedded/append",
        from: "const baseOffset = log.append(bytes, count, maxTimestamp);",
        to:
          "const baseOffset = producerId >= 0 && baseSequence > 0 && baseSequence % 7 === 0 ? 7 : " +
          "log.append(bytes, count, maxTimestamp);",
      },
    ],
  },
  {
    what: "acknowledged at the offset of the previous record",
    invariant: "P1",
    patches: [
      {
        file: "producer/partition/batch",
        from: "baseOffset + (indexes[i] ?? 0)",
        to: "baseOffset + Math.max(0, (indexes[i] ?? 0) - 1)",
      },
    ],
  },
  {
    hint: 24,
    what: "a broker that does not recognise a retry (also after a ghost)",
    invariant: "P2",
    patches: [
      {
        file: "embedded/state/producer-state",
        from: "if (same !== undefined)\n            return",
        to:
          'if (same !== undefined)\n            return { kind: "append" };\n        if (same !== ' +
          "undefined)\n            return",
      },
    ],
  },
  {
    hint: 24,
    what: "a producer that is not idempotent, and sends again",
    invariant: "P2",
    also: ["P3"],
    adjust: producer({ enableIdempotence: false }),
  },
  {
    hint: 24,
    what: "a retry with a new sequence",
    invariant: "P2",
    also: ["P4"],
    patches: [
      {
        file: "producer/partition/partition-queue",
        from: "        this.sequencer.stamp(batch);",
        to:
          "        if (batch.attempts > 0)\n            batch.stamp(undefined, -1);\n        " +
          "this.sequencer.stamp(batch);",
      },
    ],
  },
  {
    what: "reordering within a partition: the newest batch goes first",
    invariant: "P3",
    adjust: producer({ batchSize: 300, lingerMs: 50, maxInFlightRequests: 1 }),
    patches: [
      {
        file: "producer/partition/partition-queue",
        from: "for (const batch of this.#batches)\n            if (!batch.isInFlight && !batch.isSettled)",
        to: "for (const batch of [...this.#batches].reverse())\n            if (!batch.isInFlight && !batch.isSettled)",
      },
      // Otherwise the overtaken batch fails.
      {
        file: "producer/partition/partition-queue",
        from: "const at = this.#batches.indexOf(batch);\n        if (at <= 0) {",
        to: "const at = 0;\n        if (at <= 0) {",
      },
    ],
  },
  {
    what: "more than five produce requests in flight",
    invariant: "P4",
    adjust: (drawn) => ({
      ...producer({ batchSize: 300, lingerMs: 0, maxInFlightRequests: 5 })(drawn),
      burst: 40,
      link: { latencyUs: [5000, 20_000] },
    }),
    patches: [
      {
        file: "producer/sending/broker-pace",
        from: "this.#inFlight < (this.#isProven ? this.#maxInFlight : 1)",
        to: "this.#inFlight < 20",
      },
    ],
  },
  {
    hint: 26,
    what: "a timeout that reports notWritten for a record that may have been written",
    invariant: "P5",
    adjust: producer({ deliveryTimeoutMs: 2500 }),
    patches: [
      {
        file: "producer/partition/partition-queue",
        from: 'batch.isUnsure || batch.isInFlight ? "indefinite" : "notWritten"',
        to: '"notWritten"',
      },
    ],
  },
  {
    what: "a delivery deadline that is counted from the last try",
    invariant: "P5",
    adjust: (drawn) => ({ ...producer({ deliveryTimeoutMs: 2500, lingerMs: 0 })(drawn), sendDeadlineMs: 2500 }),
    surroundings: longPartition,
    patches: [
      {
        file: "producer/accepting/accumulator",
        from: "if (nowMs < batch.createdMs + deliveryTimeoutMs)",
        to: "if (nowMs < batch.createdMs + 8 * deliveryTimeoutMs)",
      },
      {
        file: "producer/accepting/accumulator",
        from: "at = Math.min(at, batch.createdMs + deliveryTimeoutMs)",
        to: "at = Math.min(at, batch.createdMs + 8 * deliveryTimeoutMs)",
      },
      {
        file: "producer/partition/partition-queue",
        from: "nowMs >= batch.createdMs + deliveryTimeoutMs",
        to: "false",
      },
    ],
  },
  {
    what: "more records in the buffer than allowed",
    invariant: "P6",
    adjust: (drawn) => ({ ...producer({ bufferMemory: 2500 })(drawn), bufferMemory: 2500, burst: 10 }),
    patches: [
      {
        file: "producer/accepting/memory-gate",
        from: "return this.#waiting === 0 && this.#used + bytes <= this.#capacity;",
        to: "return true;",
      },
    ],
  },
  {
    what: "a wrong base timestamp",
    invariant: "P8",
    adjust: producer({ lingerMs: 300 }),
    patches: [
      {
        file: "records/batch-builder",
        from: "at.writeInt64(view, at.BASE_TIMESTAMP, this.#baseTimestamp);",
        to: "at.writeInt64(view, at.BASE_TIMESTAMP, this.#maxTimestamp);",
      },
    ],
  },
  {
    what: "headers that are not written",
    invariant: "P8",
    patches: [
      {
        file: "records/batch-builder",
        from: "    tryAppend(key, value, headers, timestamp, maxBytes) {",
        to: "    tryAppend(key, value, headers, timestamp, maxBytes) {\n        headers = undefined;",
      },
    ],
  },
  {
    hint: 843,
    what: "a refusal for good that counts as written",
    invariant: "P1",
    also: ["P5"],
    patches: [
      {
        file: "producer/sending/produce-answer",
        from: 'return refused(answer, error, meaning === "too-large",',
        to: 'return written(answer, batch) ?? refused(answer, error, meaning === "too-large",',
      },
    ],
  },
  {
    hint: 15,
    what: "a retriable refusal that is reported to the user",
    invariant: "P9",
    patches: [
      { file: "producer/sending/produce-answer", from: "if (!isRetriable(errorCode))", to: "if (errorCode !== 6)" },
    ],
  },
];

/** Bugs of the consumer. */
const consumerMutants: readonly Mutant[] = [
  {
    hint: 35,
    what: "offsets that skip: the next fetch begins one too far",
    invariant: "C4",
    also: ["L"],
    patches: [
      {
        file: "consumer/partitions/partition-log",
        from: "this.#fetchOffset = next;",
        to: "this.#fetchOffset = next % 13 === 0 ? next + 1 : next;",
      },
    ],
  },
  {
    what: "a position that goes back when a loop begins again",
    invariant: "C4",
    patches: [
      {
        file: "consumer/fetching/fetcher",
        from: "begin: () => this.#begin(),",
        to:
          "begin: () => {\n                this.#begin();\n                for (const cursor of this.partitions)\n" +
          "                    if (cursor.position > 3)\n                        cursor.moveTo(cursor.position - 3);" +
          "\n            },",
      },
    ],
  },
  {
    hint: 4,
    what: "a gzip batch that is read as another one above a size",
    invariant: "P8",
    patches: [
      {
        file: "records/gzip",
        from: "return joined(chunks, size);",
        to: "return size < 2000 ? joined(chunks, size) : joined(chunks, size).fill(46, size - 3, size - 1);",
      },
    ],
  },
  {
    hint: 5,
    what: "a checksum that is not compared",
    invariant: "P8",
    also: ["X4", "C4", "L"],
    patches: [
      {
        file: "records/record-batch",
        from: "return this.#settings.crc32c(this.#bytes, this.#start + at.ATTRIBUTES, this.#end) === this.crc;",
        to: "return true;",
      },
    ],
  },
  {
    what: "a buffer without a limit",
    invariant: "C8",
    adjust: (drawn) => ({
      ...drawn,
      pauseMs: 60,
      workMs: 100,
      producer: { batchSize: 300, compressionType: "none" },
      consumer: { fetchBufferBytes: 2000, maxPartitionFetchBytes: 700 },
      consumerBytes: 2000 + 2 * 2400,
    }),
    patches: [
      {
        file: "consumer/fetching/fetch-plan",
        from: "log.heldBytes > 0 && this.#isFull(log.heldBytes)",
        to: "false",
      },
    ],
  },
  {
    what: "a consumer that is never woken",
    invariant: "L",
    patches: [
      {
        file: "consumer/fetching/fetch-answers",
        from: "return handOut.wake() && counters.fetchedBytes - fetchedBefore <= LITTLE_BYTES;",
        to: "return false;",
      },
    ],
  },
];

/** Bugs of connections and of the client's knowledge of the cluster. */
const networkMutants: readonly Mutant[] = [
  {
    what: "two requests with the same correlation id",
    invariant: "N1",
    adjust: (drawn) => ({
      ...drawn,
      producer: { ...drawn.producer, batchSize: 300, lingerMs: 0, maxInFlightRequests: 5 },
      burst: 10,
      link: { latencyUs: [5000, 20_000] },
    }),
    patches: [
      {
        file: "network/connection",
        from: "this.#correlationId = (this.#correlationId + 1) & 0x7fffffff;",
        to: "this.#correlationId = this.#correlationId < 30 ? this.#correlationId + 1 : 30;",
      },
    ],
  },
  {
    what: "a request before the response to ApiVersions",
    invariant: "N1",
    patches: [
      {
        file: "network/connection",
        from: "import { KafkaError } from",
        to: 'import { metadataApi } from "../protocol/messages/metadata.js";\nimport { KafkaError } from',
      },
      {
        file: "network/connection",
        from: "            this.#features = await handshake(",
        to:
          "            this.#exchange(metadataApi, { topics: [] }, 9, 2000, () => undefined).catch(() => " +
          "undefined);\n            this.#features = await handshake(",
      },
    ],
  },
  {
    hint: 3,
    what: "the deadline of a dead connection that never fires",
    invariant: "N2",
    also: ["L"],
    patches: [
      {
        file: "network/request-queue",
        from:
          "if (!entry.isWaiting || entry.sentMs > nowMs)\n" +
          "            this.#options.deadlines.add(entry, entry.sentMs + entry.timeoutMs);",
        to: "this.#options.deadlines.add(entry, entry.sentMs + 30 * entry.timeoutMs);",
      },
    ],
  },
  {
    hint: 4,
    what: "a hot retry loop",
    invariant: "N2",
    also: ["L"],
    patches: [
      {
        file: "runtime/backoff",
        from: "return Math.max(0, Math.floor(ms * (0.8 + 0.4 * options.random)));",
        to: "return 0 * ms;",
      },
    ],
  },
  {
    hint: 4,
    what: "connection attempts without a limit",
    invariant: "N2",
    patches: [
      { file: "cluster/broker-pool", from: "if (waitMs > 0)", to: "if (waitMs > 1e9)" },
      {
        file: "cluster/broker-pool",
        from: "            throw failure;",
        to:
          "            if (!signal.aborted)\n                return this.#open(slot, address);\n            throw " +
          "failure;",
      },
    ],
  },
  {
    what: "a metadata epoch that goes back",
    invariant: "N3",
    adjust: (drawn) => ({ ...drawn, kafka: { ...drawn.kafka, metadataMaxAgeMs: 500 } }),
    surroundings: staleMetadata,
    patches: [
      { file: "cluster/metadata", from: "now.leaderEpoch >= 0 && now.leaderEpoch < before.leaderEpoch", to: "false" },
    ],
  },
  {
    hint: 14,
    what: "a throttle time that is ignored",
    invariant: "N4",
    patches: [
      {
        file: "network/request-queue",
        from: "        this.#throttle.untilMs = Math.max(",
        to: "        if (throttleMs < 0)\n            this.#throttle.untilMs = Math.max(",
      },
    ],
  },
  {
    hint: 4,
    what: "a connection that stays open after malformed bytes",
    invariant: "N5",
    also: ["N2", "L"],
    patches: [{ file: "network/connection", from: "this.close(malformedError(error));", to: "void error;" }],
  },
  {
    what: "idle connections that are trusted after another one stopped responding",
    invariant: "L",
    adjust: (drawn) => ({
      ...producer({ deliveryTimeoutMs: 120_000 })(drawn),
      idleMs: 280_000,
      sendDeadlineMs: 180_000,
      kafka: { ...drawn.kafka, requestTimeoutMs: 30_000, metadataMaxAgeMs: 900_000, connectionsMaxIdleMs: 540_000 },
    }),
    patches: [{ file: "cluster/broker-pool", from: "if (idleBeforeMs < SUSPICIOUS_MS)", to: "if (idleBeforeMs >= 0)" }],
  },
  {
    hint: 7,
    what: "a lost wake-up: a new batch does not wake the sink",
    invariant: "L",
    patches: [
      {
        file: "producer/accepting/record-placement",
        from: "        else\n            queue.sink.begun(queue);",
        to: "        else if (queue.batches.length !== 1)\n            queue.sink.begun(queue);",
      },
    ],
  },
];

/** Short sessions, and several requests at a time that wait for the next one. */
const secured = (drawn: Knobs): Knobs => ({
  ...producer({ batchSize: 300, lingerMs: 0, maxInFlightRequests: 5 })(drawn),
  burst: 10,
  pauseMs: 40,
  logins: {
    mechanism: "PLAIN",
    sessionLifetimeMs: 2000,
    tokenLifeMs: 5000,
    credentialDelayMs: 0,
    isFlaky: false,
    otherUserMs: 0,
  },
});

/** Bugs of connections that log in. */
const loginBugs: readonly Mutant[] = [
  {
    what: "requests that are not held during a new login: they are sent between SaslHandshake and the token",
    invariant: "N6",
    patches: [
      {
        file: "network/connection-state",
        from: 'case "re-authenticating":\n            return "wait";',
        to: 'case "re-authenticating":\n            return "send";',
      },
    ],
  },
  {
    what: "a session that is used after its end, while the next token is fetched",
    invariant: "N6",
    adjust: (drawn) => {
      const { logins, ...rest } = secured(drawn);
      return { ...rest, logins: logins && { ...logins, mechanism: "OAUTHBEARER", credentialDelayMs: 1500 } };
    },
    patches: [
      {
        file: "network/connection-state",
        from: 'return leavesMs < state.session.endsAtMs ? "send" : "wait";',
        to: 'return "send";',
      },
    ],
  },
  {
    hint: 3,
    what: "requests that are dropped after they have waited for a login",
    invariant: "N7",
    also: ["X6"],
    patches: [
      {
        file: "network/connection-login",
        from: "            if (entry !== undefined)\n                this.#host.send(entry);",
        to:
          "            if (entry !== undefined && this.#waiting.length === 0)\n" +
          "                this.#host.send(entry);",
      },
    ],
  },
  {
    hint: 3,
    what: "requests that are sent in reverse order after they have waited for a login",
    invariant: "N7",
    patches: [{ file: "network/connection-login", from: "this.#waiting.shift()", to: "this.#waiting.pop()" }],
  },
];
const loginMutants = loginBugs.map((mutant): Mutant => ({ adjust: secured, ...mutant }));

/** Bugs of the start and the end. */
const lifecycleMutants: readonly Mutant[] = [
  {
    what: "a close that never ends",
    invariant: "X1",
    also: ["X2"],
    patches: [
      {
        file: "consumer/closing",
        from: "        await closed;",
        to: "        await closed;\n        await new Promise(() => undefined);",
      },
    ],
  },
  {
    what: "deliveries while close waits for handlers",
    invariant: "X7",
    adjust: (drawn) => ({ ...drawn, closesEarly: true }),
    patches: [
      {
        file: "consumer/closing",
        from: "        this.#fetcher.handOut.stop();\n        await this.#work.wait();",
        to: "        await this.#work.wait();\n        this.#fetcher.handOut.stop();",
      },
    ],
  },
  {
    hint: 43,
    what: "a delay that is leaked at close",
    invariant: "X2",
    patches: [
      {
        file: "runtime/deadline-wheel",
        from: "        this.#closed = true;\n        this.#disarm();",
        to: "        this.#closed = true;\n        this.#host.runtime.delayFor(1_000_000);\n        this.#disarm();",
      },
    ],
  },
  {
    what: "a connection that is left open",
    invariant: "X2",
    patches: [
      {
        file: "cluster/broker-pool",
        from: "        for (const connection of this.open())\n            connection.close(error);",
        to: "",
      },
    ],
  },
  {
    what: "a task that never ends",
    invariant: "X2",
    patches: [
      {
        file: "consumer/closing",
        from: "        this.#fetcher.close();",
        to: "        this.#fetcher.close();\n        client.runtime.spawn(() => new Promise(() => undefined));",
      },
    ],
  },
  {
    what: "a signal that is ignored",
    invariant: "X3",
    adjust: (drawn) => ({ ...drawn, pauseMs: 3000, partitions: 1, consumer: { fetchMaxWaitMs: 500 } }),
    patches: [
      {
        file: "consumer/reading/loop",
        from: "        this.isCancelled = true;\n        this.handOut.wake();",
        to: "        this.isCancelled = true;",
      },
    ],
  },
  {
    hint: 49,
    what: "a failure that is not caught",
    invariant: "X4",
    patches: [
      {
        file: "network/request-queue",
        from: 'writeFailed(KafkaError.from(error, "connection"));\n            });',
        to: 'writeFailed(KafkaError.from(error, "connection"));\n                throw error;\n            });',
      },
    ],
  },
  {
    what: "a task whose failure is not reported",
    invariant: "X4",
    patches: [
      {
        file: "consumer/closing",
        from: "        this.#fetcher.close();",
        to:
          "        this.#fetcher.close();\n        client.runtime.spawn(() => Promise.reject(new " +
          'Error("planted")));',
      },
    ],
  },
  {
    what: "two clients of a process that share a counter",
    invariant: "X5",
    patches: [
      {
        file: "network/connection",
        from: "this.#correlationId = (this.#correlationId + 1) & 0x7fffffff;",
        to:
          "this.#correlationId = (globalThis.plantedCorrelationId = (globalThis.plantedCorrelationId ?? 0) + 1) & " +
          "0x7fffffff;",
      },
    ],
  },
  {
    what: "memory that is not released",
    invariant: "X6",
    patches: [
      {
        file: "producer/sending/batch-fates",
        from: "this.#free(batch.takeCounted());",
        to: "this.#free(batch.takeCounted() - (batch.attempts > 1 ? 1 : 0));",
      },
    ],
  },
];

export const MUTANTS: readonly Mutant[] = [
  ...producerMutants,
  ...consumerMutants,
  ...networkMutants,
  ...loginMutants,
  ...lifecycleMutants,
];

/** Small runs find bugs too, and are quick. */
export function settings({ adjust, surroundings }: Mutant): WorkloadOptions {
  return {
    ...(surroundings === undefined ? {} : { plant: surroundings }),
    adjust: (drawn) => {
      const quiet = {
        ...drawn,
        consumers: 1,
        burst: 3,
        pauseMs: 300,
        partitions: 2,
        brokers: 2,
        workMs: 0,
        idleMs: 0,
        closesEarly: false,
        logins: undefined,
        link: {},
        kafka: { ...drawn.kafka, requestTimeoutMs: 2000 },
        consumer: {},
        consumerBytes: 1e9,
      };
      return adjust?.(quiet) ?? quiet;
    },
  };
}
