import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  ScriptedBrokers as Brokers,
  type ScriptedBrokers,
  SYNC_CRYPTO,
} from "../../../test/client/scripted-brokers.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import {
  type AlterUserScramCredentialsRequest,
  alterUserScramCredentialsApi,
} from "../../protocol/messages/alter-user-scram-credentials.ts";
import { describeUserScramCredentialsApi } from "../../protocol/messages/describe-user-scram-credentials.ts";
import { sleep } from "../../runtime/sleep.ts";
import { utf8Encode } from "../../wire/utf8.ts";

const PASSWORD = "hunter2-ü";
const SHA256 = { user: "alice", mechanism: "SCRAM-SHA-256" } as const;
const SHA512 = { user: "alice", mechanism: "SCRAM-SHA-512" } as const;
const wrong = (value: unknown): never => value as never;

const sent = (brokers: ScriptedBrokers): readonly AlterUserScramCredentialsRequest[] =>
  brokers.seen(alterUserScramCredentialsApi).map(({ message }) => message as AlterUserScramCredentialsRequest);
const usersIn = ({ deletions, upsertions }: AlterUserScramCredentialsRequest): readonly string[] =>
  [...deletions, ...upsertions].map(({ name }) => name);

/** Carries out every change, but refuses users by their names. */
function obey(brokers: ScriptedBrokers, codes: Readonly<Record<string, number>> = {}): void {
  brokers.script(alterUserScramCredentialsApi, (message) => ({
    results: usersIn(message).map((user) => ({ user, errorCode: codes[user] ?? 0, errorMessage: null })),
  }));
}

test("alterUserScramCredentials: the password is hashed here, with a salt of its own, and does not travel", () =>
  Brokers.run(async (brokers) => {
    obey(brokers);
    const results = await brokers.kafka.admin().alterUserScramCredentials([
      { ...SHA256, password: PASSWORD },
      { ...SHA512, user: "bob", password: PASSWORD, iterations: 16_384 },
    ]);
    assert.deepEqual(results.orThrow(), [SHA256, { ...SHA512, user: "bob" }]);
    const [first, second] = sent(brokers)[0]?.upsertions ?? [];
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual([first.mechanism, first.iterations, second.mechanism, second.iterations], [1, 4096, 2, 16_384]);
    assert.deepEqual(first.saltedPassword, await SYNC_CRYPTO.pbkdf2("SHA-256", utf8Encode(PASSWORD), first.salt, 4096));
    assert.deepEqual(
      second.saltedPassword,
      await SYNC_CRYPTO.pbkdf2("SHA-512", utf8Encode(PASSWORD), second.salt, 16_384),
    );
    assert.ok(first.salt.length >= 16 && second.salt.length >= 16);
    assert.notDeepEqual(first.salt, second.salt);
    assert.doesNotMatch(JSON.stringify(sent(brokers)), /hunter2/);
  }));

test("alterUserScramCredentials: two mechanisms of a user in one request were both refused; now it is two requests", () =>
  Brokers.run(async (brokers) => {
    brokers.script(alterUserScramCredentialsApi, (message) => {
      const users = usersIn(message);
      const isTwice = new Set(users).size < users.length;
      return { results: users.map((user) => ({ user, errorCode: isTwice ? 92 : 0 })) };
    });
    const results = await brokers.kafka.admin().alterUserScramCredentials([
      { ...SHA256, password: PASSWORD },
      { ...SHA512, delete: true },
      { ...SHA256, user: "bob", password: PASSWORD },
    ]);
    assert.equal(results.orThrow().length, 3);
    assert.deepEqual(sent(brokers).map(usersIn), [["alice", "bob"], ["alice"]]);
    assert.deepEqual(sent(brokers)[1]?.deletions, [{ name: "alice", mechanism: 2 }]);
  }));

test("alterUserScramCredentials: one user refused, one lost with its connection, one good", () =>
  Brokers.run(async (brokers) => {
    brokers.script(alterUserScramCredentialsApi, (message, _, time) =>
      time === 2
        ? "disconnect"
        : { results: usersIn(message).map((user) => ({ user, errorCode: user === "nobody" ? 91 : 0 })) },
    );
    const results = await brokers.kafka.admin().alterUserScramCredentials([
      { ...SHA256, password: PASSWORD },
      { ...SHA512, password: PASSWORD },
      { user: "nobody", mechanism: "SCRAM-SHA-256", delete: true },
    ]);
    assert.deepEqual(results.get(SHA512), SHA512);
    const error = results.get({ user: "nobody", mechanism: "SCRAM-SHA-256" });
    assert.ok(KafkaError.is(error));
    assert.match(error.message, /^cannot delete the SCRAM-SHA-256 password of nobody: .*RESOURCE_NOT_FOUND \(91\)/);
    // The first request's changes are not sent again.
    assert.deepEqual(sent(brokers).map(usersIn), [["nobody", "alice"], ["alice"], ["alice"]]);
    const [, lost, again] = sent(brokers);
    assert.deepEqual(again?.upsertions, lost?.upsertions, "the same salt: the change may have been made");
  }));

test("alterUserScramCredentials: goes to the controller, and to another one after NOT_CONTROLLER", () =>
  Brokers.run(
    async (brokers) => {
      brokers.controllerId = 2;
      brokers.script(alterUserScramCredentialsApi, (message, nodeId) => {
        brokers.controllerId = 3;
        return { results: usersIn(message).map((user) => ({ user, errorCode: nodeId === 3 ? 0 : 41 })) };
      });
      const results = await brokers.kafka.admin().alterUserScramCredentials([{ ...SHA256, password: PASSWORD }]);
      assert.deepEqual(results.orThrow(), [SHA256]);
      assert.deepEqual(
        brokers.seen(alterUserScramCredentialsApi).map(({ nodeId }) => nodeId),
        [2, 3],
      );
    },
    { count: 3 },
  ));

test("alterUserScramCredentials: an abort rejects, a timeout fails the items", () =>
  Brokers.run(async (brokers) => {
    brokers.script(alterUserScramCredentialsApi, () => "hang");
    const admin = brokers.kafka.admin();
    const controller = new AbortController();
    const change = { ...SHA256, password: PASSWORD };
    const ended = assert.rejects(admin.alterUserScramCredentials([change], { signal: controller.signal }), {
      kind: "cancelled",
    });
    await sleep(brokers.platform, 10);
    controller.abort();
    await ended;
    const results = await admin.alterUserScramCredentials([change], { timeoutMs: 100 });
    assert.equal((results.get(SHA256) as KafkaError).kind, "timeout");
  }));

const REFUSED: readonly (readonly [alterations: unknown, message: RegExp])[] = [
  [undefined, /^alterUserScramCredentials: alterations takes a list, not undefined: pass the list of changes/],
  [["hunter2"], /alterations\[0\] takes an object with user, mechanism and password, .*, not a string$/],
  [[{ ...SHA256, password: 12_345_678 }], /alterations\[0\]\.password takes a string that is not empty, not a number$/],
  [[{ ...SHA256, password: "" }], /password takes .* not an empty string$/],
  [[{ ...SHA256, password: ["hunter2"] }], /password takes .* not an array$/],
  [[SHA256], /alterations\[0\] takes password or delete: true, and has neither$/],
  [[{ ...SHA256, password: "hunter2", delete: true }], /and has both$/],
  [[{ ...SHA256, delete: true, iterations: 4096 }], /takes no iterations with delete: true/],
  [
    [{ ...SHA256, password: "hunter2", iterations: 4095 }],
    /iterations takes a whole number from 4096 to 16384, not 4095/,
  ],
  [[{ ...SHA256, password: "hunter2", iterations: 16_385 }], /iterations takes .* not 16385/],
  [[{ ...SHA256, mechanism: "PLAIN", password: "hunter2" }], /mechanism takes "SCRAM-SHA-256", "SCRAM-SHA-512", not/],
  [[{ mechanism: "SCRAM-SHA-256", password: "hunter2" }], /alterations\[0\] needs user/],
  [[{ username: "alice", ...SHA256, password: "hunter2" }], /no field "username"; did you mean user\?/],
  [[{ ...SHA256, password: "hunter2", salt: "x" }], /has no field "salt"/],
  [
    [
      { ...SHA256, password: "hunter2" },
      { ...SHA256, password: "hunter3" },
    ],
    /has two changes of SCRAM-SHA-256 for user alice: pass one/,
  ],
];

test("alterUserScramCredentials: wrong input is named at once, and no error shows a password", () =>
  Brokers.run(async (brokers) => {
    obey(brokers);
    for (const [alterations, message] of REFUSED)
      await assert.rejects(brokers.kafka.admin().alterUserScramCredentials(wrong(alterations)), (error) => {
        assert.ok(KafkaError.is(error));
        assert.equal(error.kind, "config");
        assert.match(error.message, message);
        assert.doesNotMatch(inspect(error, { depth: Infinity, showHidden: true }), /hunter|12345678/);
        return true;
      });
    assert.equal(sent(brokers).length, 0);
  }));

test("alterUserScramCredentials: a platform without crypto is named; deletions need none", () =>
  Brokers.run(async (brokers) => {
    obey(brokers);
    const { Kafka } = await import("../../kafka.ts");
    const { crypto: _crypto, ...platform } = brokers.platform;
    const kafka = new Kafka({ bootstrapServers: "broker1:9092", platform, runtime: brokers.platform.runtime });
    const admin = kafka.admin();
    await assert.rejects(admin.alterUserScramCredentials([{ ...SHA256, password: PASSWORD }]), {
      kind: "unsupported",
      message: /needs a platform with crypto/,
    });
    (await admin.alterUserScramCredentials([{ ...SHA256, delete: true }])).orThrow();
    await kafka.close();
  }));

test("describeUserScramCredentials: a user without a password fails alone", () =>
  Brokers.run(async (brokers) => {
    brokers.script(describeUserScramCredentialsApi, ({ users }) => ({
      results: (users ?? []).map(({ name }) =>
        name === "nobody"
          ? { user: name, errorCode: 91, errorMessage: "Attempt to describe a user credential that does not exist" }
          : { user: name, credentialInfos: [{ mechanism: 2, iterations: 8192 }, { mechanism: 7 }] },
      ),
    }));
    const results = await brokers.kafka.admin().describeUserScramCredentials(["alice", "nobody", "alice"]);
    assert.deepEqual(results.get("alice"), {
      user: "alice",
      credentials: [
        { mechanism: "SCRAM-SHA-512", iterations: 8192 },
        { mechanism: "UNKNOWN", iterations: 0 },
      ],
    });
    assert.equal((results.get("nobody") as KafkaError).codeName, "RESOURCE_NOT_FOUND");
    assert.equal(results.get("carol"), undefined);
    assert.throws(() => results.orThrow(), { codeName: "RESOURCE_NOT_FOUND" });
    assert.equal(results.size, 2, "a broker refuses a user that is named twice");
  }));

test("describeUserScramCredentials: Kafka 4.4 did not answer null without the right to describe; an empty list it does", () =>
  Brokers.run(async (brokers) => {
    brokers.script(describeUserScramCredentialsApi, ({ users }, _, time) =>
      users === null ? "hang" : time === 1 ? { errorCode: 41 } : { results: [{ user: "alice" }] },
    );
    const admin = brokers.kafka.admin();
    assert.deepEqual((await admin.describeUserScramCredentials()).orThrow(), [{ user: "alice", credentials: [] }]);
    brokers.script(describeUserScramCredentialsApi, () => ({ errorCode: 31 }));
    await assert.rejects(admin.describeUserScramCredentials(), { kind: "authorization" });
    assert.equal(((await admin.describeUserScramCredentials(["a"])).get("a") as KafkaError).kind, "authorization");
    const before = brokers.seen(describeUserScramCredentialsApi).length;
    assert.equal((await admin.describeUserScramCredentials([])).size, 0, "no users are not all users");
    assert.equal(brokers.seen(describeUserScramCredentialsApi).length, before);
    await assert.rejects(admin.describeUserScramCredentials(wrong("alice")), { message: /takes a list, not "alice"/ });
    await assert.rejects(admin.describeUserScramCredentials([""]), { message: /users\[0\] takes a string/ });
  }));
