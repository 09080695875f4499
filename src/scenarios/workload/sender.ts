import { KafkaError } from "../../errors/kafka-error.ts";
import type { Producer } from "../../index.ts";
import { Random } from "../../simulation/random.ts";
import type { World } from "../../simulation/world.ts";
import { utf8Encode } from "../../wire/utf8.ts";
import type { Knobs } from "./workload-knobs.ts";
import { recordDigest } from "./record-digest.ts";

/** The part of the workload that sends: bursts of records with pauses in between. The history has each record. */
export class Sender {
  readonly producer: Producer;
  readonly #name: string;
  readonly #topic: string;
  readonly #world: World;
  readonly #knobs: Knobs;
  readonly #random: Random;
  #order = 0;

  constructor(name: string, topic: string, producer: Producer, world: World, knobs: Knobs) {
    this.#name = name;
    this.#topic = topic;
    this.producer = producer;
    this.#world = world;
    this.#knobs = knobs;
    this.#random = Random.keyed(world.seed, `produce/${name}`);
  }

  /** Sends for `sendMs`; resolves when all sends have settled. `sent` is called after each burst. */
  async run(sent: () => void): Promise<void> {
    const pending: Promise<boolean>[] = [];
    while (this.#world.nowMs < this.#knobs.sendMs) {
      for (let burst = this.#random.between(1, this.#knobs.burst); burst > 0; burst--) pending.push(this.#send());
      sent();
      await this.#world.sleep(this.#random.between(1, this.#knobs.pauseMs));
    }
    await Promise.all(pending);
  }

  /** Sends one record after the other until this number of them is acknowledged. */
  async sendUntilWritten(count: number): Promise<void> {
    for (let written = 0; written < count;)
      if (await this.#send()) written++;
      else await this.#world.sleep(100);
  }

  /** Resolves when the send has settled; whether the record was acknowledged. */
  async #send(): Promise<boolean> {
    const world = this.#world;
    const random = this.#random;
    const node = this.#name;
    const order = this.#order++;
    const id = `${node}/${order}`;
    const key = random.below(3) === 0 ? null : `k${random.below(20)}`;
    const value = utf8Encode(`${id}:${".".repeat(random.below(this.#knobs.valueBytes))}`);
    const headers: [string, Uint8Array][] = random.below(4) === 0 ? [["h", utf8Encode(id)]] : [];
    world.record({
      type: "send",
      atMs: world.nowMs,
      node,
      id,
      producer: node,
      order,
      topic: this.#topic,
      digest: recordDigest(key === null ? null : utf8Encode(key), value, headers),
      deadlineMs: world.nowMs + this.#knobs.sendDeadlineMs,
      roomByMs: world.nowMs + this.#knobs.maxBlockMs,
    });
    try {
      const { topic, partition, offset, timestamp } = await this.producer.send({
        topic: this.#topic,
        key,
        value,
        headers,
      });
      world.record({ type: "ack", atMs: world.nowMs, node, id, topic, partition, offset, timestamp });
      return true;
    } catch (error) {
      const { outcome, kind, retriable } = KafkaError.from(error);
      world.record({ type: "fail", atMs: world.nowMs, node, id, outcome, kind, retriable });
      return false;
    }
  }
}
