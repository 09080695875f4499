// Type tests of the facade. Each @ts-expect-error is a negative case: if it compiles, this file does not.
import {
  Kafka,
  type AnyKafka,
  type AsyncRuntime,
  type DefaultRuntime,
  type Delay,
  type DelayOf,
  json,
  string,
} from "../../src/node.ts";

interface Equal<A, B> {
  readonly same: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
}
const use = (..._: readonly unknown[]): void => undefined;
const expectTrue = <T extends true>(_: T): void => undefined;

class MyDelay implements Delay {
  readonly label: string = "mine";
  then(onElapsed: (value: void) => void): unknown {
    onElapsed();
    return undefined;
  }
  [Symbol.dispose](): void {}
}
class Mine {
  static spawn(task: () => PromiseLike<void>): void {
    use(task);
  }
  static delayFor(_ms: number): MyDelay {
    return new MyDelay();
  }
}

// The default needs no choice, and its delay can be awaited and disposed.
const plain = new Kafka({ bootstrapServers: "localhost:9092" });
const delay: Promise<void> & Disposable = plain.runtime.delayFor(5);
use(delay);
expectTrue<Equal<DelayOf<typeof plain.runtime>, Promise<void> & Disposable>["same"]>(true);

// A runtime of one's own hands its delay type on: the associated type.
const mine = new Kafka({ bootstrapServers: "localhost:9092", runtime: Mine });
expectTrue<Equal<ReturnType<typeof mine.runtime.delayFor>, MyDelay>["same"]>(true);
const label: string = mine.runtime.delayFor(5).label;
use(label);
const named: AsyncRuntime<MyDelay> = Mine;
use(named);

// To name a runtime type that the default cannot stand for, and not to pass it, is an error where it stands.
// @ts-expect-error runtime is missing
new Kafka<typeof Mine>({ bootstrapServers: "localhost:9092" });
new Kafka<typeof Mine>({ bootstrapServers: "localhost:9092", runtime: Mine });
new Kafka<DefaultRuntime>({ bootstrapServers: "localhost:9092" });

const onlySpawn = { spawn: (_task: () => PromiseLike<void>): void => undefined };
// @ts-expect-error a runtime without delayFor
new Kafka({ bootstrapServers: "localhost:9092", runtime: onlySpawn });
const onlyDelay = { delayFor: (_ms: number): MyDelay => new MyDelay() };
// @ts-expect-error a runtime without spawn
new Kafka({ bootstrapServers: "localhost:9092", runtime: onlyDelay });
const noDispose = { spawn: onlySpawn.spawn, delayFor: (_ms: number): Promise<void> => Promise.resolve() };
// @ts-expect-error a delay that cannot be disposed
new Kafka({ bootstrapServers: "localhost:9092", runtime: noDispose });

// A function that does not care which runtime a Kafka is on.
const anyOf = (kafka: AnyKafka): AsyncRuntime => kafka.runtime;
anyOf(plain);
anyOf(mine);

// Serdes make the types of records, out and in.
interface Order {
  readonly id: number;
}
const producer = plain.producer({ key: string(), value: json<Order>() });
void producer.send({ topic: "orders", key: "1", value: { id: 1 } });
void producer.send({ topic: "orders", key: null, value: null });
// @ts-expect-error a value of another type
void producer.send({ topic: "orders", value: { id: "1" } });
// @ts-expect-error a record without a value: a tombstone is `value: null`
void producer.send({ topic: "orders", key: "1" });
// @ts-expect-error a value that may be undefined
void producer.send({ topic: "orders", value: ({} as { readonly order?: Order }).order });
// @ts-expect-error kafkajs's shape
void plain.producer().send({ topic: "orders", messages: [{ value: "one" }] });
// @ts-expect-error a record without a value
plain.producer().enqueue({ topic: "orders" });
// Headers are anything that iterates over pairs, or a plain object.
void plain.producer().send({ topic: "orders", value: "v", headers: new Map([["trace", "1"]]) });
void plain.producer().send({
  topic: "orders",
  value: "v",
  headers: [
    ["trace", "1"],
    ["trace", null],
  ],
});
// @ts-expect-error a header's value is text, bytes or null
void plain.producer().send({ topic: "orders", value: "v", headers: { trace: 1 } });
// @ts-expect-error text is no headers
void plain.producer().send({ topic: "orders", value: "v", headers: "trace" });
// @ts-expect-error a record without a topic
void producer.send({ value: { id: 1 } });
const consumer = plain.consumer({ topics: ["orders"], value: json<Order>() });
for await (const record of consumer) {
  const value: Order | null = record.value;
  const key: Uint8Array | null = record.key;
  use(value, key);
  // @ts-expect-error the value may be null
  const surely: Order = record.value;
  use(surely);
}
// @ts-expect-error an option that does not exist
plain.producer({ lingerMillis: 5 });
