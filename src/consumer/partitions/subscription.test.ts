import { test } from "node:test";
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { KafkaError } from "../../errors/kafka-error.ts";
import { subscriptionOf, topicsOf } from "./subscription.ts";

const existing = ["orders", "orders-eu", "payments", "__consumer_offsets", "__mine"].map((name) => ({
  name,
  isInternal: name === "__consumer_offsets",
}));
const means = (topics: Parameters<typeof subscriptionOf>[0]): readonly string[] =>
  topicsOf(subscriptionOf(topics), existing);

test("names, patterns, and both", () => {
  assert.deepEqual(means(undefined), []);
  assert.deepEqual(means("orders"), ["orders"]);
  assert.deepEqual(means(["orders", "not-there", "orders"]), ["orders", "not-there"]);
  assert.deepEqual(means(/^orders/), ["orders", "orders-eu"]);
  assert.deepEqual(means(["payments", /^orders/, /eu$/]), ["payments", "orders", "orders-eu"]);
  assert.deepEqual(means(/nothing/), []);
});

test("Kafka's own topics are found by name only", () => {
  assert.deepEqual(means(/./), ["__mine", "orders", "orders-eu", "payments"]);
  assert.deepEqual(means("__consumer_offsets"), ["__consumer_offsets"]);
});

test("a pattern with a state of its own finds the same every time, and one of another realm is one", () => {
  const subscription = subscriptionOf([/orders/g, /ORDERS/giy]);
  for (let i = 0; i < 3; i++) assert.deepEqual(topicsOf(subscription, existing), ["orders", "orders-eu"]);
  assert.deepEqual(means(runInNewContext("/^pay/") as RegExp), ["payments"]);
});

test("what is neither is refused", () => {
  for (const wrong of ["", [""], 5, [null], {}])
    assert.throws(
      () => subscriptionOf(wrong as never),
      (e: unknown) => KafkaError.is(e) && e.kind === "config" && e.message.startsWith("topics takes"),
    );
});
