// A live group is changed from kafkajs to the alias, one member at a time, and back, while 500 records a second come.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { delayFor } from "../../src/platform/node/delay.ts";
import { type Brokers, embeddedBrokers, makeTopics, realBrokers } from "./brokers.ts";
import { CLIENTS, type Client, Installation, type Tarballs, packBoth } from "./installation.ts";
import type { Program } from "./program.ts";

const MEMBERS = 3;
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
  await embedded.stop();
  await real.stop();
  for (const installation of installations.values()) installation.remove();
});
