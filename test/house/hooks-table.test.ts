// The table in docs/hooks.md is made from the types of the events, and kafkajs's events can be filled from them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { HOOK_NAMES } from "../../src/observing/client-hooks.ts";
import { root } from "./root.ts";

const FILES = [
  "hook-event",
  "hook-events",
  "connection-events",
  "consumer-events",
  "producer-events",
  "record-events",
].map((name) =>
  ts.createSourceFile(name, readFileSync(join(root, `src/hooks/${name}.ts`), "utf8"), ts.ScriptTarget.ESNext, true),
);
const INTERFACES = new Map(
  FILES.flatMap(({ statements }) => statements.filter(ts.isInterfaceDeclaration)).map(
    (one) => [one.name.text, one] as const,
  ),
);

function declared(name: string): ts.InterfaceDeclaration {
  return INTERFACES.get(name) ?? assert.fail(`there is no interface ${name}`);
}

/** The fields of an event, those of its bases first, without those that every event has. */
function fieldsOf(name: string): readonly string[] {
  if (name === "HookEvent") return [];
  const one = declared(name);
  const bases = (one.heritageClauses ?? []).flatMap(({ types }) => types.map((type) => type.expression.getText()));
  const own = one.members.filter(ts.isPropertySignature).map((member) => member.name.getText());
  return [...bases.flatMap(fieldsOf), ...own];
}

function commentOf(name: string): string {
  const text = ts.getTextOfJSDocComment(ts.getJSDocCommentsAndTags(declared(name))[0]?.comment) ?? "";
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\{@link (\w+)\}/g, (_, other: string) => `\`${other[0]?.toLowerCase() ?? ""}${other.slice(1)}\``);
}

function hooksOf(kind: string): readonly { readonly name: string; readonly event: string }[] {
  return declared(kind)
    .members.filter(ts.isPropertySignature)
    .map((member) => ({ name: member.name.getText(), event: member.type?.getText() ?? "" }));
}

const HOOKS = hooksOf("HookEvents");
const RECORD_HOOKS = hooksOf("RecordHookEvents");

test("docs/hooks.md has each hook, when it is called, and the fields of its event", () => {
  assert.deepEqual([...HOOKS, ...RECORD_HOOKS].map(({ name }) => name).sort(), [...HOOK_NAMES].sort());
  const page = readFileSync(join(root, "docs/hooks.md"), "utf8");
  for (const [title, hooks] of [
    ["hook", HOOKS],
    ["hook for each record", RECORD_HOOKS],
  ] as const) {
    const table = [
      `| ${title} | when | fields, besides \`client\` and \`atMs\` |`,
      "| --- | --- | --- |",
      ...hooks.map(({ name, event }) => {
        const fields = fieldsOf(event).map((field) => `\`${field}\``);
        return `| \`${name}\` | ${commentOf(event)} | ${fields.join(", ")} |`;
      }),
    ].join("\n");
    const begin = page.indexOf(`| ${title} | when`);
    const end = page.indexOf("\n\n", begin);
    assert.equal(page.slice(begin, end), table, `write this in docs/hooks.md:\n${table}\n`);
  }
});

/** The payload of each of kafkajs's events, and where each field is found: `hook.field`. */
const KAFKAJS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CONNECT: { "": "connectionOpened" },
  DISCONNECT: { "": "clientStopped" },
  STOP: { "": "clientStopped" },
  REQUEST: {
    broker: "requestAnswered.broker",
    clientId: "requestAnswered.client",
    correlationId: "requestAnswered.correlationId",
    size: "requestAnswered.responseSizeInBytes",
    createdAt: "requestAnswered.createdAtMs",
    sentAt: "requestAnswered.sentAtMs",
    pendingDuration: "requestAnswered.queuedMs",
    duration: "requestAnswered.durationMs",
    apiName: "requestAnswered.apiName",
    apiKey: "requestAnswered.apiKey",
    apiVersion: "requestAnswered.apiVersion",
  },
  REQUEST_TIMEOUT: {
    broker: "requestTimedOut.broker",
    clientId: "requestTimedOut.client",
    correlationId: "requestTimedOut.correlationId",
    createdAt: "requestTimedOut.createdAtMs",
    sentAt: "requestTimedOut.sentAtMs",
    pendingDuration: "requestTimedOut.sentAtMs",
    apiName: "requestTimedOut.apiName",
    apiKey: "requestTimedOut.apiKey",
    apiVersion: "requestTimedOut.apiVersion",
  },
  REQUEST_QUEUE_SIZE: {
    broker: "requestQueueChanged.broker",
    clientId: "requestQueueChanged.client",
    queueSize: "requestQueueChanged.queueSize",
  },
  HEARTBEAT: {
    groupId: "heartbeatAnswered.groupId",
    memberId: "heartbeatAnswered.memberId",
    groupGenerationId: "heartbeatAnswered.generation",
  },
  COMMIT_OFFSETS: {
    groupId: "offsetsCommitted.groupId",
    memberId: "offsetsCommitted.memberId",
    groupGenerationId: "offsetsCommitted.generation",
    topics: "offsetsCommitted.offsets",
  },
  GROUP_JOIN: {
    groupId: "rebalanceEnded.groupId",
    memberId: "rebalanceEnded.memberId",
    leaderId: "rebalanceEnded.leaderId",
    isLeader: "rebalanceEnded.isLeader",
    memberAssignment: "rebalanceEnded.assignment",
    groupProtocol: "rebalanceEnded.assignor",
    duration: "rebalanceEnded.durationMs",
  },
  FETCH_START: { nodeId: "fetchStarted.nodeId" },
  // kafkajs's numberOfBatches is always 0.
  FETCH: { numberOfBatches: "fetchEnded.partitions", duration: "fetchEnded.durationMs", nodeId: "fetchEnded.nodeId" },
  START_BATCH_PROCESS: {
    topic: "batchStarted.topic",
    partition: "batchStarted.partition",
    highWatermark: "batchStarted.highWatermark",
    offsetLag: "batchStarted.highWatermark",
    offsetLagLow: "batchStarted.highWatermark",
    batchSize: "batchStarted.records",
    firstOffset: "batchStarted.firstOffset",
    lastOffset: "batchStarted.lastOffset",
  },
  END_BATCH_PROCESS: {
    topic: "batchProcessed.topic",
    partition: "batchProcessed.partition",
    highWatermark: "batchProcessed.highWatermark",
    offsetLag: "batchProcessed.highWatermark",
    offsetLagLow: "batchProcessed.highWatermark",
    batchSize: "batchProcessed.records",
    firstOffset: "batchProcessed.firstOffset",
    lastOffset: "batchProcessed.lastOffset",
    duration: "batchProcessed.durationMs",
  },
  CRASH: { error: "clientCrashed.error", groupId: "clientCrashed.client" },
  REBALANCING: { groupId: "rebalanceStarted.groupId", memberId: "rebalanceStarted.memberId" },
  RECEIVED_UNSUBSCRIBED_TOPICS: {
    groupId: "rebalanceEnded.groupId",
    generationId: "rebalanceEnded.generation",
    memberId: "rebalanceEnded.memberId",
    assignedTopics: "rebalanceEnded.assignment",
    topicsSubscribed: "rebalanceEnded.topics",
    topicsNotSubscribed: "rebalanceEnded.unsubscribed",
  },
};

test("each field of kafkajs's events can be filled from a field of a hook", () => {
  assert.equal(Object.keys(KAFKAJS).length, 16);
  for (const [event, fields] of Object.entries(KAFKAJS))
    for (const [field, place] of Object.entries(fields)) {
      const [hook = "", name] = place.split(".");
      const found = HOOKS.find((one) => one.name === hook);
      assert.ok(found !== undefined, `${event}.${field}: there is no hook ${hook}`);
      if (name !== undefined && name !== "client")
        assert.ok(fieldsOf(found.event).includes(name), `${event}.${field}: ${place}`);
    }
});
