// Invalid requests, and requests that cannot be served: unknown versions, malformed frames, and coordinators of unknown
// groups.
import { decodeRequest, encodeRequest } from "../../../src/protocol/headers.ts";
import { apiVersionsApi } from "../../../src/protocol/messages/api-versions.ts";
import { createPartitionsApi } from "../../../src/protocol/messages/create-partitions.ts";
import { createTopicsApi } from "../../../src/protocol/messages/create-topics.ts";
import { deleteTopicsApi } from "../../../src/protocol/messages/delete-topics.ts";
import { describeClusterApi } from "../../../src/protocol/messages/describe-cluster.ts";
import { describeConfigsApi } from "../../../src/protocol/messages/describe-configs.ts";
import { fetchApi } from "../../../src/protocol/messages/fetch.ts";
import { findCoordinatorApi } from "../../../src/protocol/messages/find-coordinator.ts";
import { initProducerIdApi } from "../../../src/protocol/messages/init-producer-id.ts";
import { listOffsetsApi } from "../../../src/protocol/messages/list-offsets.ts";
import { metadataApi } from "../../../src/protocol/messages/metadata.ts";
import { offsetForLeaderEpochApi } from "../../../src/protocol/messages/offset-for-leader-epoch.ts";
import { produceApi } from "../../../src/protocol/messages/produce.ts";
import { type Case, range } from "./asking.ts";

const SERVED = [
  apiVersionsApi,
  createPartitionsApi,
  createTopicsApi,
  deleteTopicsApi,
  describeClusterApi,
  describeConfigsApi,
  fetchApi,
  findCoordinatorApi,
  initProducerIdApi,
  listOffsetsApi,
  metadataApi,
  offsetForLeaderEpochApi,
  produceApi,
];

/** A frame with its size before it. */
function frame(body: readonly number[] | Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setInt32(0, body.length);
  bytes.set(body, 4);
  return bytes;
}

const int16 = (n: number): number[] => [(n >> 8) & 255, n & 255];
/** Header version 1: the correlation id is 1, which is the first that a raw client expects. */
const header = (key: number, version: number, clientId: readonly number[] = int16(-1)): number[] => [
  ...int16(key),
  ...int16(version),
  0,
  0,
  0,
  1,
  ...clientId,
];

const versions: Case = {
  name: "versions and APIs that there are not",
  run: async (side) => {
    for (const { key, name } of SERVED) {
      if (key === apiVersionsApi.key) continue;
      for (const version of [-1, 0, 1, 2, 3, 4, 99, 32_767]) {
        // An empty body at a version that there is would be malformed in ways of its own: only versions that there are
        // not are compared.
        const api = SERVED.find((one) => one.key === key);
        if (api !== undefined && version >= oldest(key) && version <= api.request.max) continue;
        await side.send(`${name} ${version}`, frame([...header(key, version), ...new Uint8Array(64)]));
      }
    }
    for (const key of [-1, 4, 5, 6, 7, 999, 32_767])
      for (const version of [-1, 0, 1])
        await side.send(`API ${key} ${version}`, frame([...header(key, version), ...new Uint8Array(16)]));
    for (const version of [-1, 6, 99, 32_767])
      await side.send(`ApiVersions ${version}`, frame([...header(18, version), 0, 1, 1, 0]), {
        api: apiVersionsApi,
        version: 0,
      });
    // The connection lives on.
    await side.send("ApiVersions 99, then 3", frame(header(18, 99)), { api: apiVersionsApi, version: 0 });
    await side.ask(apiVersionsApi, { clientSoftwareName: "a", clientSoftwareVersion: "1" }, 99).catch(() => undefined);
    await side.ask(metadataApi, { topics: [] }, 12);
  },
};

/** The lowest version that Kafka 4 serves. */
function oldest(key: number): number {
  return ({ 0: 3, 1: 4, 2: 1, 19: 2, 20: 1, 23: 2, 32: 1 } as Readonly<Record<number, number>>)[key] ?? 0;
}

const frames: Case = {
  name: "frames that are malformed",
  run: async (side) => {
    const whole = Uint8Array.from(
      Buffer.concat(
        encodeRequest(metadataApi, { topics: [{ name: "nowhere" }], allowAutoTopicCreation: false }, 9, 1, "raw"),
      ),
    ).subarray(4);
    const body = decodeRequest(whole, () => true).reader.offset;
    const as = { api: metadataApi, version: 9 };
    await side.send("as it should be", frame(whole), as);
    for (let i = 0; i < whole.length; i++)
      await side.send(`only ${i} bytes of a frame of as many`, frame(whole.subarray(0, i)), as);
    for (const extra of [1, 2, 100])
      await side.send(`${extra} bytes more than the message has`, frame([...whole, ...new Uint8Array(extra)]), as);
    for (let i = 8; i < whole.length; i++)
      for (const byte of [0, 1, 127, 128, 255])
        if (i < 8 || i >= 10)
          await side.send(`byte ${i} is ${byte}`, frame(Uint8Array.from(whole, (was, k) => (k === i ? byte : was))));
    for (const size of [-1, -2_147_483_648, 104_857_601, 2_147_483_647]) {
      const bytes = new Uint8Array(16);
      new DataView(bytes.buffer).setInt32(0, size);
      await side.send(`a frame of ${size} bytes`, bytes);
    }
    for (const clientId of [int16(0), int16(-1), int16(32_767), [0, 2, 255, 255]])
      await side.send(`client id ${clientId.join()}`, frame([...header(3, 1, clientId), 255, 255, 255, 255]));
    // Left out are a negative number of tags and a client id of less than −1 bytes, which Kafka takes for none: our
    // reader is stricter, and hangs up.
    const tagged = (tags: readonly number[]): Uint8Array => frame([...header(3, 9), ...tags, ...whole.subarray(body)]);
    for (const tags of [
      [0],
      [1, 5, 1, 9],
      [2, 5, 0, 6, 0],
      [2, 6, 0, 5, 0],
      [2, 5, 0, 5, 0],
      [1, 5, 100, 1],
      [255, 255, 255, 255, 255, 1],
    ])
      await side.send(`header tags ${tags.join()}`, tagged(tags));
    for (const name of ["GET / HTTP/1.1\r\n\r\n", "\u0016\u0003\u0001\u0000\u0000\u0000\u0000\u0000"])
      await side.send(JSON.stringify(name), new TextEncoder().encode(name));
  },
};

const software: Case = {
  name: "what a client says that it is",
  run: async (side) => {
    for (const version of [3, 4, 5]) {
      for (const clientSoftwareName of ["a", "", "a b", "-a", "a-", "a.b-c", ".a", "ä", "a_b", "x".repeat(300)]) {
        await side.ask(apiVersionsApi, { clientSoftwareName, clientSoftwareVersion: "1" }, version);
        const answer = side.transcript.pop() as Record<string, { readonly errorCode: number }>;
        side.transcript.push(
          Object.entries(answer).map(([name, { errorCode }]) => [name, clientSoftwareName, errorCode]),
        );
      }
      await side.ask(apiVersionsApi, { clientSoftwareName: "a", clientSoftwareVersion: "" }, version);
    }
  },
};

const coordinators: Case = {
  name: "coordinators",
  run: async (side) => {
    const isReady = (errorCode: number | undefined): boolean => errorCode !== 15;
    await side.until(async (ask) =>
      isReady((await ask(findCoordinatorApi, { keyType: 0, coordinatorKeys: ["g"] }, 4)).coordinators[0]?.errorCode),
    );
    await side.until(async (ask) =>
      isReady((await ask(findCoordinatorApi, { keyType: 1, coordinatorKeys: ["t"] }, 4)).coordinators[0]?.errorCode),
    );
    for (const version of range(0, 3))
      for (const keyType of version === 0 ? [0] : [0, 1, 2, 3, -1, 9])
        for (const key of ["g", ""])
          await side.ask(findCoordinatorApi, { key, ...(version === 0 ? {} : { keyType }) }, version);
    for (const version of range(4, 6))
      for (const keyType of [0, 1, 3, -1, 9])
        for (const coordinatorKeys of [["g"], [""], [], ["g", "h"], ["g", "g"]])
          await side.ask(findCoordinatorApi, { keyType, coordinatorKeys }, version);
    for (const version of [4, 5])
      await side.ask(findCoordinatorApi, { keyType: 2, coordinatorKeys: ["g:AAAAAAAAAAAAAAAAAAAAAQ:0"] }, version);
    for (const key of ["", "g", "g:x:0", "g:AAAAAAAAAAAAAAAAAAAAAQ:x", ":AAAAAAAAAAAAAAAAAAAAAQ:0"])
      await side.ask(findCoordinatorApi, { keyType: 2, coordinatorKeys: [key] }, 6);
    for (const version of range(0, 2)) {
      for (const endpointType of version === 0 ? [1] : [0, 1, 2, 3, -1])
        for (const includeClusterAuthorizedOperations of [false, true])
          await side.ask(
            describeClusterApi,
            { includeClusterAuthorizedOperations, ...(version === 0 ? {} : { endpointType }) },
            version,
          );
      if (version >= 2) await side.ask(describeClusterApi, { includeFencedBrokers: true }, version);
    }
  },
};

export const wireEdges: readonly Case[] = [versions, frames, software, coordinators];
