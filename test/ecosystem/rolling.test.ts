// A live group is changed from kafkajs to the alias, one member at a time, and back, while 500 records a second come.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Kafka } from "../../src/node.ts";
import { type Brokers, embeddedBrokers, makeTopics, realBrokers } from "./brokers.ts";
import { CLIENTS, type Client, Installation, type Tarballs, packBoth } from "./installation.ts";
import type { Program } from "./program.ts";

const MEMBERS = 3;
/** The load sends once in this time. */
const EVERY_MS = 50;
const PARTITIONS = 12;
const PER_SECOND = 500;

let tarballs: Tarballs;
let embedded: Brokers;
let real: Brokers;
const installations = new Map<Client, Installation>();

before(async () => {
  tarballs = packBoth();
  embedded = await embeddedBrokers();
  real = await realBrokers();
  for (const client of CLIENTS) installations.set(client, new Installation({ client, tarballs }));
});

after(async () => {
  tarballs.remove();
  await embedded.stop();
  await real.stop();
  for (const installation of installations.values()) installation.remove();
});

/** Numbered records to each partition of each topic in turn, until it is stopped. */
class Load {
  sent = 0;
  readonly #topics: readonly string[];
  readonly #done: Promise<void>;
  #isEnding = false;

  constructor(kafka: Kafka, topics: readonly string[]) {
    this.#topics = topics;
    this.#done = this.#run(kafka);
  }

  async #run(kafka: Kafka): Promise<void> {
    const producer = kafka.producer();
    const fromMs = performance.now();
    while (!this.#isEnding) {
      const end = ((performance.now() - fromMs) * PER_SECOND) / 1000;
      while (this.sent < end) {
        const i = this.sent++;
        const topic = this.#topics[i % this.#topics.length]!;
        const partition = Math.floor(i / this.#topics.length) % PARTITIONS;
        producer.enqueue({ topic, partition, value: String(i) });
      }
      await delay(EVERY_MS);
    }
    await producer.close();
  }

  async stop(): Promise<number> {
    this.#isEnding = true;
    await this.#done;
    return this.sent;
  }
}

interface Setting {
  readonly brokers: Brokers;
  readonly topics: readonly string[];
  /** Whether PartitionAssigners.roundRobin is given, or is the default. */
  readonly isAssignerGiven: boolean;
}

/** The group: its members, and all that were members. */
class Group {
  readonly all: Program[] = [];
  readonly members: Program[] = [];
  readonly clients: Client[] = [];
  readonly #setting: Setting;
  readonly #seenLines = new Map<Program, number>();
  readonly #read = new Set<number>();
  #readUpTo = 0;
  #messages = 0;
  #isBegun = false;
  #crashesBefore = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  add(client: Client, at = this.members.length): void {
    const { brokers, topics, isAssignerGiven } = this.#setting;
    const group = topics[0]!;
    const args = [brokers.bootstrapServers, group, topics.join(), isAssignerGiven ? "given" : "default"];
    const member = installations.get(client)!.start("member.mjs", args);
    this.all.push(member);
    this.members[at] = member;
    this.clients[at] = client;
  }

  /** Until every partition has an owner, and every member its share. */
  async balanced(): Promise<void> {
    const total = PARTITIONS * this.#setting.topics.length;
    const shareOf = ({ lines }: Program): number =>
      Number(
        lines
          .filter((line) => line.startsWith("joined "))
          .at(-1)
          ?.split(" ")[1] ?? 0,
      );
    await this.#until(() => this.members.every((member) => shareOf(member) === total / MEMBERS));
  }

  /** Until each number below `count` was in a message of some member. */
  async haveRead(count: number): Promise<void> {
    await this.#until(() => {
      this.#readOn();
      while (this.#read.has(this.#readUpTo)) this.#readUpTo++;
      return this.#readUpTo >= count;
    });
  }

  /** Messages that some member, or a second one, was given again. */
  get twice(): number {
    return this.#messages - this.#read.size;
  }

  /** Takes in the lines that came since the last call. */
  #readOn(): void {
    for (const member of this.all) {
      for (const line of member.lines.slice(this.#seenLines.get(member) ?? 0)) {
        if (!line.startsWith("message ")) continue;
        this.#messages++;
        this.#read.add(Number(line.split(" ")[4]));
      }
      this.#seenLines.set(member, member.lines.length);
    }
  }

  /** From here on no member may crash. Before, those of kafkajs crash while a coordinator loads. */
  begin(): void {
    this.#isBegun = true;
    this.#crashesBefore = this.#crashes().length;
  }

  #crashes(): readonly string[] {
    return this.all.flatMap(({ lines }) => lines.filter((line) => line.startsWith("crash")));
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#isBegun) assert.deepEqual(this.#crashes().slice(this.#crashesBefore), []);
      await delay(100);
    }
  }
}

/** The result of a whole change. */
interface Change {
  readonly sent: number;
  readonly twice: number;
  /** Which clients led while both kinds were in the group. */
  readonly leaders: readonly Client[];
}

/** Changes a group there and back. Its programs end, also when it fails. */
async function change(setting: Setting): Promise<Change> {
  const group = new Group(setting);
  try {
    return await changeOf(group, setting);
  } finally {
    for (const member of group.all) member.signal("SIGKILL");
  }
}

async function changeOf(group: Group, { brokers, topics }: Setting): Promise<Change> {
  await makeTopics(brokers, topics, PARTITIONS);
  for (let i = 0; i < MEMBERS; i++) group.add("kafkajs");
  await group.balanced();
  group.begin();
  const load = new Load(brokers.kafka, topics);
  const leaders = new Set<Client>();
  for (const client of ["@odradek/kafkajs", "kafkajs"] as const)
    for (let at = 0; at < MEMBERS; at++) {
      await group.members[at]!.stop();
      group.add(client, at);
      await group.balanced();
      // Nothing is stuck: all records sent until now arrive before the next member is changed.
      await group.haveRead(load.sent);
      for (const [i, { lines }] of group.members.entries())
        if (
          at < MEMBERS - 1 &&
          lines
            .filter((line) => line.startsWith("joined "))
            .at(-1)
            ?.includes(" leader ")
        )
          leaders.add(group.clients[i]!);
    }
  const sent = await load.stop();
  await group.haveRead(sent);
  for (const member of group.members) await member.stop();
  const protocols = group.all.flatMap(({ lines }) => lines.filter((line) => line.startsWith("joined ")));
  assert.deepEqual([...new Set(protocols.map((line) => line.split(" ")[3]))], ["RoundRobinAssigner"]);
  return { sent, twice: group.twice, leaders: [...leaders].sort() };
}

const SETTINGS: readonly (readonly [what: string, on: () => Brokers, topics: number, isAssignerGiven: boolean])[] = [
  ["one topic, on the embedded cluster", () => embedded, 1, false],
  ["two topics, on the embedded cluster", () => embedded, 2, false],
  ["PartitionAssigners.roundRobin given, on the embedded cluster", () => embedded, 1, true],
  ["two topics, on a real Kafka", () => real, 2, false],
];

for (const [i, [what, on, topics, isAssignerGiven]] of SETTINGS.entries())
  test(`a group goes from kafkajs to the alias and back, member by member: ${what}`, async (t) => {
    const names = Array.from({ length: topics }, (_, n) => `change-${i}-${n}`);
    const { sent, twice, leaders } = await change({ brokers: on(), topics: names, isAssignerGiven });
    t.diagnostic(`${sent} records, ${twice} read twice; mixed groups were led by ${leaders.join(", ")}`);
    assert.ok(sent > PER_SECOND, "the load was one");
  });
