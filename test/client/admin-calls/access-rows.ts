// Transactions, access rules, passwords and tokens.
import * as ErrorCode from "../../../src/errors/error-code.ts";
import { alterUserScramCredentialsApi } from "../../../src/protocol/messages/alter-user-scram-credentials.ts";
import { createAclsApi } from "../../../src/protocol/messages/create-acls.ts";
import { createDelegationTokenApi } from "../../../src/protocol/messages/create-delegation-token.ts";
import { deleteAclsApi } from "../../../src/protocol/messages/delete-acls.ts";
import { describeAclsApi } from "../../../src/protocol/messages/describe-acls.ts";
import { describeDelegationTokenApi } from "../../../src/protocol/messages/describe-delegation-token.ts";
import { describeProducersApi } from "../../../src/protocol/messages/describe-producers.ts";
import { describeTransactionsApi } from "../../../src/protocol/messages/describe-transactions.ts";
import { describeUserScramCredentialsApi } from "../../../src/protocol/messages/describe-user-scram-credentials.ts";
import { expireDelegationTokenApi } from "../../../src/protocol/messages/expire-delegation-token.ts";
import { initProducerIdApi } from "../../../src/protocol/messages/init-producer-id.ts";
import { listTransactionsApi } from "../../../src/protocol/messages/list-transactions.ts";
import { renewDelegationTokenApi } from "../../../src/protocol/messages/renew-delegation-token.ts";
import { writeTxnMarkersApi } from "../../../src/protocol/messages/write-txn-markers.ts";
import { ABC, type CallRow, place, row } from "./call-row.ts";

const UNKNOWN = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;

export const ACCESS_ROWS: readonly CallRow[] = [
  row({
    name: "listTransactions",
    route: "all",
    again: "coordinator",
    api: listTransactionsApi,
    names: ABC,
    run: (admin, _names, limits) => admin.listTransactions(limits),
    answer: (_message, codeOf, nodeId) => ({ errorCode: codeOf(ABC[nodeId - 1] ?? "") }),
  }),
  row({
    name: "describeTransactions",
    route: "coordinator",
    again: "coordinator",
    api: describeTransactionsApi,
    names: ABC,
    unknown: ErrorCode.TRANSACTIONAL_ID_NOT_FOUND,
    run: (admin, names, limits) => admin.describeTransactions(names, limits),
    answer: ({ transactionalIds }, codeOf) => ({
      transactionStates: transactionalIds.map((transactionalId) => ({
        transactionalId,
        transactionState: "Empty",
        errorCode: codeOf(transactionalId),
      })),
    }),
  }),
  row({
    name: "describeProducers",
    again: "leader",
    route: "leader",
    api: describeProducersApi,
    names: ABC,
    unknown: UNKNOWN,
    run: (admin, names, limits) => admin.describeProducers(names.map(place), limits),
    answer: ({ topics }, codeOf) => ({
      topics: topics.map(({ name }) => ({
        name,
        partitions: [{ partitionIndex: 0, activeProducers: [], errorCode: codeOf(name) }],
      })),
    }),
  }),
  row({
    name: "abortTransaction",
    again: "leader",
    route: "leader",
    api: writeTxnMarkersApi,
    run: (admin, _names, limits) => admin.abortTransaction({ ...place("a"), producerId: 1, producerEpoch: 0 }, limits),
    answer: ({ markers }, codeOf) => ({
      markers: markers.map(({ producerId, topics }) => ({
        producerId,
        topics: topics.map(({ name }) => ({ name, partitions: [{ partitionIndex: 0, errorCode: codeOf("") }] })),
      })),
    }),
  }),
  row({
    name: "fenceProducers",
    route: "coordinator",
    again: "coordinator",
    api: initProducerIdApi,
    names: ABC,
    run: (admin, names, limits) => admin.fenceProducers(names, limits),
    answer: ({ transactionalId }, codeOf) => ({
      errorCode: codeOf(transactionalId ?? ""),
      producerId: 1,
      producerEpoch: 0,
    }),
  }),
  row({
    name: "forceTerminateTransaction",
    route: "coordinator",
    again: "coordinator",
    api: initProducerIdApi,
    run: (admin, _names, limits) => admin.forceTerminateTransaction("a", limits),
    answer: (_message, codeOf) => ({ errorCode: codeOf(""), producerId: 1, producerEpoch: 0 }),
  }),
  row({
    name: "describeAcls",
    again: "retriable",
    route: "any",
    api: describeAclsApi,
    run: (admin, _names, limits) => admin.describeAcls({}, limits),
    answer: (_message, codeOf) => ({ errorCode: codeOf("") }),
  }),
  row({
    name: "createAcls",
    again: "item",
    route: "any",
    api: createAclsApi,
    names: ABC,
    run: (admin, names, limits) =>
      admin.createAcls(
        names.map((name) => ({ resourceType: "TOPIC", name, principal: "User:alice", operation: "READ" })),
        limits,
      ),
    answer: ({ creations }, codeOf) => ({
      results: creations.map(({ resourceName }) => ({ errorCode: codeOf(resourceName) })),
    }),
  }),
  row({
    name: "deleteAcls",
    again: "item",
    route: "any",
    api: deleteAclsApi,
    names: ABC,
    run: (admin, names, limits) =>
      admin.deleteAcls(
        names.map((name) => ({ resourceType: "TOPIC", name })),
        limits,
      ),
    answer: ({ filters }, codeOf) => ({
      filterResults: filters.map(({ resourceNameFilter }) => ({
        errorCode: codeOf(resourceNameFilter ?? ""),
        matchingAcls: [],
      })),
    }),
  }),
  row({
    name: "describeUserScramCredentials",
    again: "item",
    route: "any",
    api: describeUserScramCredentialsApi,
    names: ABC,
    unknown: ErrorCode.RESOURCE_NOT_FOUND,
    run: (admin, names, limits) => admin.describeUserScramCredentials(names, limits),
    answer: ({ users }, codeOf) => ({
      results: (users ?? []).map(({ name }) => ({ user: name, errorCode: codeOf(name), credentialInfos: [] })),
    }),
  }),
  row({
    name: "alterUserScramCredentials",
    again: "item",
    route: "controller",
    api: alterUserScramCredentialsApi,
    names: ABC,
    unknown: ErrorCode.RESOURCE_NOT_FOUND,
    run: (admin, names, limits) =>
      admin.alterUserScramCredentials(
        names.map((user) => ({ user, mechanism: "SCRAM-SHA-256", delete: true })),
        limits,
      ),
    answer: ({ deletions }, codeOf) => ({
      results: deletions.map(({ name }) => ({ user: name, errorCode: codeOf(name) })),
    }),
  }),
  row({
    name: "createDelegationToken",
    again: "item",
    route: "any",
    api: createDelegationTokenApi,
    run: (admin, _names, limits) => admin.createDelegationToken(limits),
    answer: (_message, codeOf) => ({
      errorCode: codeOf(""),
      principalType: "User",
      principalName: "alice",
      tokenId: "id",
      hmac: new Uint8Array(3),
    }),
  }),
  row({
    name: "renewDelegationToken",
    again: "item",
    route: "any",
    api: renewDelegationTokenApi,
    unknown: ErrorCode.DELEGATION_TOKEN_NOT_FOUND,
    run: (admin, _names, limits) => admin.renewDelegationToken("AQID", limits),
    answer: (_message, codeOf) => ({ errorCode: codeOf("") }),
  }),
  row({
    name: "expireDelegationToken",
    again: "item",
    route: "any",
    api: expireDelegationTokenApi,
    unknown: ErrorCode.DELEGATION_TOKEN_NOT_FOUND,
    run: (admin, _names, limits) => admin.expireDelegationToken("AQID", limits),
    answer: (_message, codeOf) => ({ errorCode: codeOf("") }),
  }),
  row({
    name: "describeDelegationToken",
    again: "retriable",
    route: "any",
    api: describeDelegationTokenApi,
    run: (admin, _names, limits) => admin.describeDelegationToken(limits),
    answer: (_message, codeOf) => ({ errorCode: codeOf("") }),
  }),
];
