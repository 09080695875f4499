import assert from "node:assert/strict";
import { test } from "node:test";
import { type ScriptedBrokers, ScriptedBrokers as Brokers } from "../../../test/client/scripted-brokers.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { createAclsApi } from "../../protocol/messages/create-acls.ts";
import { deleteAclsApi } from "../../protocol/messages/delete-acls.ts";
import { describeAclsApi } from "../../protocol/messages/describe-acls.ts";
import { sleep } from "../../runtime/sleep.ts";
import type { NewAcl } from "../../security/new-acl.ts";
import type { AclBinding } from "./acl.ts";

const READ: NewAcl = { resourceType: "TOPIC", name: "orders", principal: "User:alice", operation: "READ" };
const WHOLE: AclBinding = { ...READ, name: "orders", patternType: "LITERAL", host: "*", permission: "ALLOW" };
const WIRE = {
  resourceType: 2,
  resourceName: "orders",
  patternType: 3,
  principal: "User:alice",
  host: "*",
  operation: 3,
  permissionType: 3,
};
const wrong = (value: unknown): never => value as never;

/** The names of the resources in each request. */
const creations = (brokers: ScriptedBrokers): readonly (readonly string[])[] =>
  brokers
    .seen(createAclsApi)
    .map(({ message }) =>
      (message as { creations: readonly { resourceName: string }[] }).creations.map((one) => one.resourceName),
    );

test("createAcls: an ACL has its defaults, and each of its words its code", () =>
  Brokers.run(async (brokers) => {
    brokers.script(createAclsApi, ({ creations }) => ({ results: creations.map(() => ({})) }));
    const prefixed = { ...READ, patternType: "PREFIXED", permission: "DENY", host: "10.0.0.1" } as const;
    const cluster: NewAcl = { resourceType: "CLUSTER", principal: "User:alice", operation: "IDEMPOTENT_WRITE" };
    const results = await brokers.kafka.admin().createAcls([READ, prefixed, cluster]);
    assert.deepEqual(results.orThrow()[0], WHOLE);
    assert.deepEqual(results.get({ ...READ, host: "*" }), WHOLE);
    assert.deepEqual(results.get(cluster), { ...WHOLE, ...cluster, name: "kafka-cluster" });
    assert.equal(results.get({ ...READ, host: "10.0.0.2" }), undefined);
    const sent = (brokers.seen(createAclsApi)[0]?.message as { creations: readonly object[] }).creations;
    const { patternType: _patternType, ...rest } = WIRE;
    assert.deepEqual(sent, [
      { ...rest, resourcePatternType: 3 },
      { ...rest, resourcePatternType: 4, permissionType: 2, host: "10.0.0.1" },
      { ...rest, resourcePatternType: 3, resourceType: 4, resourceName: "kafka-cluster", operation: 12 },
    ]);
  }));

test("createAcls: one item refused failed the others; each has its own result now, and nothing is sent again", () =>
  Brokers.run(async (brokers) => {
    brokers.script(createAclsApi, ({ creations }) => ({
      results: creations.map(({ resourceName }) =>
        resourceName === "bad" ? { errorCode: 42, errorMessage: "Invalid principal" } : {},
      ),
    }));
    const results = await brokers.kafka.admin().createAcls([{ ...READ, name: "bad" }, READ]);
    const error = results.get({ ...READ, name: "bad" });
    assert.ok(KafkaError.is(error));
    assert.deepEqual([error.kind, error.codeName, error.outcome], ["broker", "INVALID_REQUEST", "notWritten"]);
    assert.match(
      error.message,
      /^cannot create the ACL ALLOW User:alice READ TOPIC LITERAL "bad" from \*: .*INVALID_REQUEST \(42\): Invalid pr/,
    );
    assert.deepEqual(results.get(READ), WHOLE);
    assert.throws(() => results.orThrow(), { kind: error.kind, message: error.message, code: error.code });
    assert.equal(brokers.seen(createAclsApi).length, 1);
  }));

test("createAcls: after NOT_CONTROLLER all items were sent again; now only those that were refused so", () =>
  Brokers.run(async (brokers) => {
    brokers.script(createAclsApi, ({ creations }, _, time) => ({
      // 7, REQUEST_TIMED_OUT, is retriable in the table, and an answer in an item.
      results: creations.map(({ resourceName }) => ({
        errorCode: resourceName === "late" ? 7 : time === 1 && resourceName === "again" ? 41 : 0,
      })),
    }));
    const [again, late] = [
      { ...READ, name: "again" },
      { ...READ, name: "late" },
    ];
    const results = await brokers.kafka.admin().createAcls([READ, again, late]);
    assert.deepEqual(creations(brokers), [["orders", "again", "late"], ["again"]]);
    assert.deepEqual(results.get(again), { ...WHOLE, name: "again" });
    const error = results.get(late) as KafkaError;
    assert.equal(error.codeName, "REQUEST_TIMED_OUT");
    assert.equal(error.outcome, "indefinite");
    assert.match(error.message, /; the change may have been made$/);
  }));

test("createAcls: a lost connection is tried again", () =>
  Brokers.run(async (brokers) => {
    brokers.script(createAclsApi, ({ creations }, _, time) =>
      time === 1 ? "disconnect" : { results: creations.map(() => ({})) },
    );
    assert.deepEqual((await brokers.kafka.admin().createAcls([READ])).orThrow(), [WHOLE]);
    assert.equal(brokers.seen(createAclsApi).length, 2);
  }));

test("createAcls: a broker that never answers fails the items at the deadline, and says what may have happened", () =>
  Brokers.run(async (brokers) => {
    brokers.script(createAclsApi, () => "hang");
    const { clock } = brokers.platform;
    const beganMs = clock.monotonic();
    const results = await brokers.kafka.admin().createAcls([READ], { timeoutMs: 100 });
    assert.ok(clock.monotonic() - beganMs >= 100 && clock.monotonic() - beganMs < 110);
    const error = results.get(READ) as KafkaError;
    assert.deepEqual([error.kind, error.outcome], ["timeout", "indefinite"]);
    assert.match(error.message, /^cannot create 1 ACL: not done in time.*; the change may have been made$/);
    assert.equal(brokers.seen(createAclsApi).length, 1);
  }));

test("createAcls: at the deadline without a controller, nothing was changed, and the error says so", () =>
  Brokers.run(async (brokers) => {
    brokers.script(createAclsApi, ({ creations }) => ({ results: creations.map(() => ({ errorCode: 41 })) }));
    const error = (await brokers.kafka.admin().createAcls([READ], { timeoutMs: 2000 })).get(READ) as KafkaError;
    assert.deepEqual([error.kind, error.outcome], ["timeout", "notWritten"]);
    assert.match(error.message, /NOT_CONTROLLER/);
    assert.doesNotMatch(error.message, /may have been made/);
  }));

test("an abort, or the client's close, rejects the call at once", () =>
  Brokers.run(async (brokers) => {
    brokers.script(createAclsApi, () => "hang");
    brokers.script(describeAclsApi, () => "hang");
    const { clock } = brokers.platform;
    const admin = brokers.kafka.admin();
    for (const call of [
      (signal: AbortSignal) => admin.createAcls([READ], { signal }),
      (signal: AbortSignal) => admin.describeAcls({}, { signal }),
    ]) {
      const controller = new AbortController();
      const beganMs = clock.monotonic();
      const ended = assert.rejects(call(controller.signal), { kind: "cancelled" });
      await sleep(brokers.platform, 10);
      controller.abort();
      await ended;
      assert.equal(Math.round(clock.monotonic() - beganMs), 10);
    }
    const ended = assert.rejects(admin.createAcls([READ]), { kind: "closed", message: /may have been made$/ });
    await sleep(brokers.platform, 10);
    await admin.close();
    await ended;
    await assert.rejects(admin.createAcls([READ]), { kind: "closed" });
  }));

test("describeAcls: the filter has its codes, and rules of a newer Kafka are not hidden", () =>
  Brokers.run(async (brokers) => {
    const { principal, host, operation, permissionType, ...resource } = WIRE;
    const acl = { principal, host, operation, permissionType };
    brokers.script(describeAclsApi, () => ({
      resources: [{ ...resource, acls: [acl, { ...acl, operation: 99 }] }],
    }));
    const admin = brokers.kafka.admin();
    const found = await admin.describeAcls({ name: "orders", patternType: "MATCH" });
    assert.deepEqual(found, [WHOLE, { ...WHOLE, operation: "UNKNOWN" }]);
    await admin.describeAcls();
    const any = { resourceTypeFilter: 1, principalFilter: null, hostFilter: null, operation: 1, permissionType: 1 };
    assert.deepEqual(
      brokers.seen(describeAclsApi).map(({ message }) => message),
      [
        { ...any, resourceNameFilter: "orders", patternTypeFilter: 2 },
        { ...any, resourceNameFilter: null, patternTypeFilter: 1 },
      ],
    );
    await assert.rejects(admin.deleteAcls(found), { kind: "config", message: /filters\[1\]\.operation takes/ });
  }));

test("describeAcls: a temporary error is tried again; without an authorizer the error says what to set", () =>
  Brokers.run(async (brokers) => {
    brokers.script(describeAclsApi, (_message, _nodeId, time) => ({ errorCode: time === 1 ? 13 : 54 }));
    await assert.rejects(brokers.kafka.admin().describeAcls(), {
      kind: "broker",
      codeName: "SECURITY_DISABLED",
      message: /^cannot describe ACLs: .* set authorizer\.class\.name/,
    });
    assert.equal(brokers.seen(describeAclsApi).length, 2);
  }));

test("describeAcls: a broker's text that prints a Java object was passed on", () =>
  Brokers.run(async (brokers) => {
    const errorMessage = "Request Request(processor=2, connectionId=127.0.0.1:9092-1) is not authorized.";
    brokers.script(describeAclsApi, () => ({ errorCode: 31, errorMessage }));
    await assert.rejects(
      brokers.kafka.admin().describeAcls(),
      (error) => KafkaError.is(error) && error.kind === "authorization" && !error.message.includes("processor"),
    );
  }));

test("deleteAcls: each filter has the rules that it deleted, or why one of them was not", () =>
  Brokers.run(async (brokers) => {
    const failed = { ...WIRE, errorCode: -1, errorMessage: "disk" };
    brokers.script(deleteAclsApi, ({ filters }) => ({
      filterResults: filters.map(({ principalFilter }) => ({
        matchingAcls: principalFilter === "User:alice" ? [WIRE] : principalFilter === "User:bob" ? [WIRE, failed] : [],
      })),
    }));
    const results = await brokers.kafka
      .admin()
      .deleteAcls([{ principal: "User:alice" }, { principal: "User:bob" }, { resourceType: "ANY" }]);
    assert.deepEqual(results.get({ principal: "User:alice", resourceType: "ANY" }), [WHOLE]);
    assert.deepEqual(results.get({ patternType: "ANY" }), []);
    const error = results.get({ principal: "User:bob" });
    assert.ok(KafkaError.is(error));
    assert.match(
      error.message,
      /^deleted 1 of 2 ACLs; cannot delete the ACL ALLOW .*UNKNOWN_SERVER_ERROR \(-1\): disk/,
    );
  }));

test("a broker without the API ends the call at once", () =>
  Brokers.run(async ({ kafka }) => {
    await assert.rejects(kafka.admin().describeAcls(), { kind: "unsupported", message: /DescribeAcls/ });
    const results = await kafka.admin().createAcls([READ]);
    assert.equal((results.get(READ) as KafkaError).kind, "unsupported");
  }));

const REFUSED: readonly (readonly [acls: unknown, message: RegExp])[] = [
  [READ, /^createAcls: acls takes a list, not an object with resourceType, .*: pass the list of ACLs/],
  [Array(1), /^createAcls: acls\[0\] takes an object with resourceType, .*, not undefined/],
  [[null], /^createAcls: acls\[0\] takes an object with resourceType, .*, not null/],
  [[{ ...READ, resourceType: "topic" }], /acls\[0\]\.resourceType takes "TOPIC", .* not "topic"/],
  [[{ ...READ, resourceType: "ANY" }], /acls\[0\]\.resourceType takes "TOPIC"/],
  [[{ ...READ, patternType: "MATCH" }], /patternType takes "LITERAL", "PREFIXED", not "MATCH"/],
  [[READ, { ...READ, operation: 3 }], /acls\[1\]\.operation takes "ALL", .* not 3/],
  [[{ ...READ, principal: "alice" }], /principal takes a type and a name, for example "User:alice", not "alice"/],
  [[{ ...READ, principal: undefined }], /acls\[0\] needs principal/],
  [[{ ...READ, name: undefined }], /acls\[0\] needs name; "\*" stands for all/],
  [[{ ...READ, name: "" }], /acls\[0\]\.name takes a string that is not empty/],
  [[{ ...READ, name: "x".repeat(32_768) }], /of at most 32767 bytes/],
  [[{ ...READ, resourceType: "CLUSTER", name: "mine" }], /name takes "kafka-cluster" for the type CLUSTER, not "mine"/],
  [[{ ...READ, resourcePatternType: "LITERAL" }], /no field "resourcePatternType"; did you mean patternType\?/],
  [[{ ...READ, permissionType: "ALLOW" }], /no field "permissionType"; did you mean permission\?/],
  [[{ ...READ, colour: "red" }], /acls\[0\] has no field "colour"/],
];

test("createAcls: wrong input is named before anything is sent", () =>
  Brokers.run(async (brokers) => {
    brokers.script(createAclsApi, () => ({ results: [] }));
    for (const [acls, message] of REFUSED)
      await assert.rejects(brokers.kafka.admin().createAcls(wrong(acls)), { kind: "config", message });
    await assert.rejects(brokers.kafka.admin().createAcls([READ], wrong({ timeout: 5 })), { message: /timeoutMs/ });
    assert.equal((await brokers.kafka.admin().createAcls([])).size, 0);
    assert.equal(brokers.seen(createAclsApi).length, 0);
  }));

test("deleteAcls: a filter whose only field was undefined by mistake deleted every rule of the cluster", () =>
  Brokers.run(async (brokers) => {
    brokers.script(deleteAclsApi, () => ({ filterResults: [] }));
    for (const filter of [{}, { principal: undefined }])
      await assert.rejects(brokers.kafka.admin().deleteAcls([wrong(filter)]), {
        kind: "config",
        message: /filters\[0\] has no field, and would delete all ACLs of the cluster/,
      });
    assert.equal(brokers.seen(deleteAclsApi).length, 0);
  }));

test("an answer that lacks an item fails the items, and is no internal error", () =>
  Brokers.run(async (brokers) => {
    brokers.script(createAclsApi, () => ({ results: [] }));
    const error = (await brokers.kafka.admin().createAcls([READ])).get(READ) as KafkaError;
    assert.equal(error.kind, "protocol");
  }));
