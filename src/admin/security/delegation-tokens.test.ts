import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { ScriptedBrokers as Brokers, type ScriptedBrokers } from "../../../test/client/scripted-brokers.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { checkSasl } from "../../security/sasl-options.ts";
import { createDelegationTokenApi } from "../../protocol/messages/create-delegation-token.ts";
import { describeDelegationTokenApi } from "../../protocol/messages/describe-delegation-token.ts";
import { expireDelegationTokenApi } from "../../protocol/messages/expire-delegation-token.ts";
import { renewDelegationTokenApi } from "../../protocol/messages/renew-delegation-token.ts";
import { sleep } from "../../runtime/sleep.ts";
import { DelegationToken } from "./delegation-token.ts";

const HMAC = Uint8Array.of(1, 2, 3, 250);
const BASE64 = "AQID+g==";
const ALICE = { principalType: "User", principalName: "alice" };
const TIMES = { issueTimestamp: 10, expiryTimestamp: 20, maxTimestamp: 30 };
const DESCRIBED = {
  ...ALICE,
  ...TIMES,
  tokenRequesterPrincipalType: "User",
  tokenRequesterPrincipalName: "admin",
  tokenId: "id",
  hmac: HMAC,
  renewers: [{ principalType: "User", principalName: "b:c" }],
};
const wrong = (value: unknown): never => value as never;

function scriptCreate(brokers: ScriptedBrokers, maxVersion?: number): void {
  const { issueTimestamp, expiryTimestamp, maxTimestamp, renewers: _renewers, ...rest } = DESCRIBED;
  const times = { issueTimestampMs: issueTimestamp, expiryTimestampMs: expiryTimestamp, maxTimestampMs: maxTimestamp };
  const { tokenRequesterPrincipalName: _name, tokenRequesterPrincipalType: _type, ...old } = rest;
  const response = { ...(maxVersion === undefined ? rest : old), ...times };
  brokers.script(createDelegationTokenApi, () => response, maxVersion);
}

test("createDelegationToken: everything that is known about the token, and nothing prints its HMAC", () =>
  Brokers.run(async (brokers) => {
    scriptCreate(brokers);
    const token = await brokers.kafka
      .admin()
      .createDelegationToken({ owner: "User:alice", renewers: ["User:b:c"], maxLifetimeMs: 5000 });
    const { hmac, ...fields } = token;
    assert.deepEqual(fields, {
      tokenId: "id",
      owner: "User:alice",
      requester: "User:admin",
      renewers: ["User:b:c"],
      ...TIMES,
    });
    assert.equal(hmac.reveal(), BASE64);
    const login = token.sasl("SCRAM-SHA-512");
    for (const printed of [
      inspect([token, login], { depth: Infinity, showHidden: true }),
      JSON.stringify([token, login]),
      String(hmac),
      inspect(structuredClone({ ...fields })),
    ])
      assert.doesNotMatch(printed, /AQID|010203/);
    assert.deepEqual(brokers.seen(createDelegationTokenApi)[0]?.message, {
      ownerPrincipalType: "User",
      ownerPrincipalName: "alice",
      renewers: [{ principalType: "User", principalName: "b:c" }],
      maxLifetimeMs: 5000,
    });
  }));

test("a token's sasl() is the option of a Kafka that logs in with it", () => {
  const token = new DelegationToken({ tokenId: "id", owner: "", requester: "", renewers: [], ...TIMES }, BASE64);
  const { password, ...login } = token.sasl();
  assert.deepEqual(login, { mechanism: "SCRAM-SHA-256", username: "id", tokenAuth: true });
  assert.equal(password(), BASE64);
  checkSasl(token.sasl("SCRAM-SHA-512"), "Kafka: sasl");
});

test("createDelegationToken: without an owner, also at brokers that know none", () =>
  Brokers.run(async (brokers) => {
    scriptCreate(brokers);
    await brokers.kafka.admin().createDelegationToken();
    assert.deepEqual(brokers.seen(createDelegationTokenApi)[0]?.message, {
      ownerPrincipalType: null,
      ownerPrincipalName: null,
      renewers: [],
      maxLifetimeMs: -1,
    });
  }));

test("createDelegationToken: an older broker cannot create tokens of others, and the owner is not dropped silently", () =>
  Brokers.run(async (brokers) => {
    scriptCreate(brokers, 2);
    const admin = brokers.kafka.admin();
    const token = await admin.createDelegationToken();
    assert.deepEqual([token.owner, token.requester], ["User:alice", "User:alice"]);
    await assert.rejects(admin.createDelegationToken({ owner: "User:bob" }), { kind: "unsupported" });
    assert.equal(brokers.seen(createDelegationTokenApi).length, 1);
  }));

test("createDelegationToken: after a lost connection a second token was created, and the first stayed valid", () =>
  Brokers.run(async (brokers) => {
    brokers.script(createDelegationTokenApi, () => "disconnect");
    await assert.rejects(brokers.kafka.admin().createDelegationToken(), {
      kind: "connection",
      outcome: "indefinite",
      message: /the change may have been made$/,
    });
    assert.equal(brokers.seen(createDelegationTokenApi).length, 1);
  }));

test("createDelegationToken: a controller that moves is no reason to fail", () =>
  Brokers.run(async (brokers) => {
    const { tokenId, hmac } = DESCRIBED;
    brokers.script(createDelegationTokenApi, (_message, _nodeId, time) =>
      time === 1 ? { errorCode: 41 } : { ...ALICE, tokenId, hmac },
    );
    assert.equal((await brokers.kafka.admin().createDelegationToken()).owner, "User:alice");
  }));

test("renew and expire: a token that was created just now is tried again where a broker does not know it yet", () =>
  Brokers.run(async (brokers) => {
    scriptCreate(brokers);
    const answer = (
      _message: unknown,
      _nodeId: number,
      time: number,
    ): { errorCode: number; expiryTimestampMs: number } => ({
      errorCode: time < 3 ? 62 : 0,
      expiryTimestampMs: 77,
    });
    brokers.script(renewDelegationTokenApi, answer);
    brokers.script(expireDelegationTokenApi, answer);
    const admin = brokers.kafka.admin();
    const token = await admin.createDelegationToken();
    assert.equal(await admin.renewDelegationToken(token), 77);
    assert.equal(await admin.expireDelegationToken(token.hmac, { expiryTimePeriodMs: 9 }), 77);
    assert.deepEqual(brokers.seen(renewDelegationTokenApi)[0]?.message, { hmac: HMAC, renewPeriodMs: -1 });
    assert.deepEqual(brokers.seen(expireDelegationTokenApi)[0]?.message, { hmac: HMAC, expiryTimePeriodMs: 9 });
    assert.equal(brokers.seen(renewDelegationTokenApi).length, 3);
  }));

test("renew and expire: any other token that a broker does not know fails at once", () =>
  Brokers.run(async (brokers) => {
    scriptCreate(brokers);
    brokers.script(renewDelegationTokenApi, () => ({ errorCode: 62 }));
    brokers.script(expireDelegationTokenApi, () => ({ errorCode: 63 }));
    const admin = brokers.kafka.admin();
    await assert.rejects(admin.renewDelegationToken(BASE64, { renewTimePeriodMs: 1000 }), {
      codeName: "DELEGATION_TOKEN_NOT_FOUND",
      message: /it has expired, or it was never created$/,
    });
    await assert.rejects(admin.expireDelegationToken(BASE64), {
      message: /only its owner and its renewers may do it$/,
    });
    await admin.createDelegationToken();
    await sleep(brokers.platform, 5001);
    await assert.rejects(admin.renewDelegationToken(BASE64), { codeName: "DELEGATION_TOKEN_NOT_FOUND" });
    assert.equal(brokers.seen(renewDelegationTokenApi).length, 2);
  }));

test("describeDelegationToken: a token that was created just now is waited for, by its owner", () =>
  Brokers.run(async (brokers) => {
    scriptCreate(brokers);
    brokers.script(describeDelegationTokenApi, (_message, _nodeId, time) => ({ tokens: time < 3 ? [] : [DESCRIBED] }));
    const admin = brokers.kafka.admin();
    await admin.createDelegationToken();
    assert.deepEqual(await admin.describeDelegationToken({ owners: ["User:bob"] }), []);
    const [token] = await admin.describeDelegationToken();
    assert.deepEqual([token?.owner, token?.requester, token?.renewers], ["User:alice", "User:admin", ["User:b:c"]]);
    assert.equal(token?.hmac.reveal(), BASE64);
    assert.deepEqual(
      brokers.seen(describeDelegationTokenApi).map(({ message }) => message),
      [{ owners: [{ principalType: "User", principalName: "bob" }] }, { owners: null }, { owners: null }],
    );
  }));

test("tokens: an abort and a timeout end the call, and what cannot be is said with what to do", () =>
  Brokers.run(async (brokers) => {
    brokers.script(renewDelegationTokenApi, () => "hang");
    brokers.script(describeDelegationTokenApi, () => ({ errorCode: 61 }));
    brokers.script(createDelegationTokenApi, () => ({ errorCode: 64 }));
    const admin = brokers.kafka.admin();
    const controller = new AbortController();
    const ended = assert.rejects(admin.renewDelegationToken(BASE64, { signal: controller.signal }), {
      kind: "cancelled",
    });
    await sleep(brokers.platform, 10);
    controller.abort();
    await ended;
    await assert.rejects(admin.renewDelegationToken(BASE64, { timeoutMs: 100 }), { kind: "timeout" });
    await assert.rejects(admin.describeDelegationToken(), { message: /set delegation\.token\.secret\.key/ });
    await assert.rejects(admin.createDelegationToken(), { message: /log in with SASL or with a client certificate/ });
  }));

test("tokens: wrong input is named at once, and no error shows an HMAC", () =>
  Brokers.run(async ({ kafka }) => {
    const admin = kafka.admin();
    const calls: readonly (readonly [call: () => Promise<unknown>, message: RegExp])[] = [
      [() => admin.createDelegationToken(wrong({ owner: "alice" })), /^createDelegationToken: owner takes a type and/],
      [() => admin.createDelegationToken(wrong({ renewers: "User:bob" })), /renewers takes a list/],
      [() => admin.createDelegationToken(wrong({ renewers: [5] })), /renewers\[0\] takes a type and a name/],
      [() => admin.createDelegationToken({ maxLifetimeMs: 0 }), /maxLifetimeMs takes a whole number from 1/],
      [() => admin.createDelegationToken({ maxLifetimeMs: -1 }), /maxLifetimeMs takes .* not -1/],
      [() => admin.createDelegationToken(wrong({ renewer: [] })), /no option "renewer"; did you mean renewers\?/],
      [() => admin.renewDelegationToken("hunter2!"), /^renewDelegationToken: token takes a token, .* not a string$/],
      [() => admin.renewDelegationToken(wrong(null)), /not null$/],
      [() => admin.renewDelegationToken(wrong({ hmac: "hunter2!" })), /not a string$/],
      [() => admin.renewDelegationToken(wrong({ tokenId: "hunter2!" })), /not an object$/],
      [() => admin.renewDelegationToken(BASE64, { renewTimePeriodMs: -1 }), /renewTimePeriodMs takes .* not -1/],
      [() => admin.renewDelegationToken(BASE64, wrong({ renewPeriodMs: 1 })), /did you mean renewTimePeriodMs\?/],
      [() => admin.expireDelegationToken(BASE64, { expiryTimePeriodMs: 0 }), /expiryTimePeriodMs takes .* not 0/],
      [() => admin.expireDelegationToken(""), /^expireDelegationToken: token takes .* not an empty string$/],
      [() => admin.describeDelegationToken(wrong({ owner: "User:a" })), /did you mean owners\?/],
      [() => admin.describeDelegationToken({ timeoutMs: 0 }), /^describeDelegationToken: timeoutMs takes/],
    ];
    for (const [call, message] of calls)
      await assert.rejects(call(), (error) => {
        assert.ok(KafkaError.is(error));
        assert.deepEqual([error.kind, message.test(error.message)], ["config", true], error.message);
        assert.doesNotMatch(inspect(error, { depth: Infinity }), /hunter2/);
        return true;
      });
  }));
