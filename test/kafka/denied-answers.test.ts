// Requests that are denied, answered by a real Kafka and by the embedded cluster with the same rules: codes, texts and
// everything else in the answers are equal.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import { apiVersionsApi } from "../../src/protocol/messages/api-versions.ts";
import { findCoordinatorApi } from "../../src/protocol/messages/find-coordinator.ts";
import { metadataApi } from "../../src/protocol/messages/metadata.ts";
import type { NewAcl } from "../../src/security/new-acl.ts";
import { logIn } from "../embedded/log-in.ts";
import { RawClient } from "../embedded/raw-client.ts";
import { giveBack, takePorts } from "./free-ports.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";
import { DENIED_CLUSTER_REQUESTS } from "./secure/denied-cluster-requests.ts";
import { DENIED_REQUESTS, type DeniedRequest, type DeniedUser, UNANSWERED } from "./secure/denied-requests.ts";

const TOPICS = ["shared", "secret", "readable"];
const USERS: readonly DeniedUser[] = ["none", "some", "super"];
const allow = (resourceType: NewAcl["resourceType"], name: string, operation: NewAcl["operation"]): NewAcl => ({
  resourceType,
  name,
  operation,
  principal: "User:some",
});
const ACLS: readonly NewAcl[] = [
  allow("TOPIC", "shared", "DESCRIBE"),
  allow("TOPIC", "readable", "READ"),
  allow("TOPIC", "made", "CREATE"),
  allow("GROUP", "seen", "DESCRIBE"),
  allow("GROUP", "used", "READ"),
  allow("TRANSACTIONAL_ID", "seen-tx", "DESCRIBE"),
  allow("TRANSACTIONAL_ID", "own-tx", "WRITE"),
];

/** A cluster, and what its answers contain that another one's cannot. */
interface World {
  readonly address: string;
  readonly versions: ReadonlyMap<number, number>;
  readonly topicIds: ReadonlyMap<string, string>;
}

let ports: readonly number[] = [];
let kafka: KafkaCluster;
let embedded: EmbeddedCluster;
let real: World;
let ours: World;

before(async () => {
  ports = await takePorts(1);
  const login = "org.apache.kafka.common.security.plain.PlainLoginModule required";
  const passwords = USERS.map((user) => ` user_${user}="${user}"`).join("");
  kafka = await startKafka({
    firstNodeId: 0,
    listeners: [{ name: "SASL", protocol: "SASL_PLAINTEXT", port: ports[0] ?? 0 }],
    properties: {
      "auto.create.topics.enable": "false",
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "super.users": "User:ANONYMOUS;User:super",
      "listener.name.sasl.sasl.enabled.mechanisms": "PLAIN",
      "listener.name.sasl.plain.sasl.jaas.config": `${login}${passwords};`,
      "delegation.token.secret.key": "any",
    },
  });
  embedded = await EmbeddedCluster.start({
    ports: [0],
    autoCreateTopics: false,
    topics: Object.fromEntries(TOPICS.map((topic) => [topic, 1])),
    users: Object.fromEntries(USERS.map((user) => [user, { password: user }])),
    superUsers: ["super"],
    acls: ACLS,
  });
  const admin = new Kafka({ bootstrapServers: kafka.bootstrapServers });
  (
    await admin.admin().createTopics(TOPICS.map((topic) => ({ topic, numPartitions: 1, replicationFactor: 1 })))
  ).orThrow();
  await admin.admin().createAcls(ACLS);
  while ((await admin.admin().describeAcls({})).length < ACLS.length) continue;
  await admin.close();
  real = await worldAt(`127.0.0.1:${ports[0] ?? 0}`);
  ours = await worldAt(embedded.bootstrapServers);
});

after(async () => {
  await embedded.close();
  await kafka.stop();
  giveBack(ports);
});

async function connected(address: string, user: DeniedUser): Promise<RawClient> {
  const client = await RawClient.connect(nodeConnector(), address);
  await logIn(client, user);
  return client;
}

async function worldAt(address: string): Promise<World> {
  const client = await connected(address, "super");
  const { apiKeys } = await client.request(apiVersionsApi, {}, 2);
  // A real cluster creates the topics of its coordinators at the first request.
  for (const keyType of [0, 1])
    for (;;) {
      const { coordinators } = await client.request(findCoordinatorApi, { keyType, coordinatorKeys: ["used"] }, 4);
      if (coordinators[0]?.errorCode === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  const { topics } = await client.request(metadataApi, { topics: TOPICS.map((name) => ({ name })) }, 12);
  client.close();
  return {
    address,
    versions: new Map(apiKeys.map(({ apiKey, maxVersion }) => [apiKey, maxVersion])),
    topicIds: new Map(topics.map(({ name, topicId }) => [topicId, name ?? ""])),
  };
}

/** Fields whose values only one of the clusters can have. */
const OWN = new Set(["throttleTimeMs", "unknownTaggedFields", "brokers", "clusterId", "controllerId", "port"]);
/** A broker that has not answered by then will not answer at all. */
const SILENCE_MS = 10_000;
const ID = /^[\w-]{21}[AEIMQUYcgkosw048]$/;

/** An answer as JSON, without the facts that are a cluster's own. Lists of topics come in any order. */
function comparable(answer: unknown, topicIds: World["topicIds"]): unknown {
  const text = JSON.stringify(answer, (key, value: unknown) => {
    if (OWN.has(key)) return undefined;
    if (typeof value === "bigint") return String(value);
    if (Array.isArray(value) && typeof value[0] === "object")
      return [...(value as unknown[])].sort((a, b) => (nameIn(a, topicIds) < nameIn(b, topicIds) ? -1 : 1));
    if (typeof value !== "string") return value;
    if (ID.test(value) && !/^A+$/.test(value)) return `the id of ${topicIds.get(value) ?? "a new topic"}`;
    // Kafka shows its whole request, with addresses of objects.
    return value.replace(/Request\(.*\)/, "Request(...)");
  });
  return JSON.parse(text) as unknown;
}

function nameIn(value: unknown, topicIds: World["topicIds"]): string {
  const { name, topic, topicId } = value as { name?: string | null; topic?: string; topicId?: string };
  return `${name ?? topic ?? ""} ${topicIds.get(topicId ?? "") ?? ""}`;
}

/** Sends a request on a connection of its own, which a broker may close instead of an answer. */
async function answerIn(world: World, { user, send }: DeniedRequest, version: number): Promise<unknown> {
  const client = await connected(world.address, user);
  const idOf = new Map([...world.topicIds].map(([id, name]) => [name, id]));
  try {
    const sent = send(client, (topic) => idOf.get(topic) ?? "", version);
    const silence = new Promise<string>((resolve) => setTimeout(resolve, SILENCE_MS, "no answer").unref());
    return comparable(await Promise.race([sent, silence]), world.topicIds);
  } catch (error) {
    if (client.isClosed) return "the broker closed the connection";
    throw error;
  } finally {
    client.close();
  }
}

for (const request of [...DENIED_REQUESTS, ...DENIED_CLUSTER_REQUESTS])
  test(`${request.user}: ${request.what}: the answer is Kafka's`, { timeout: 30_000 }, async (t) => {
    const { apiKey, maxVersion } = request;
    const common = Math.min(maxVersion, ...[real, ours].map(({ versions }) => versions.get(apiKey) ?? -1));
    const version = request.version ?? common;
    assert.ok(version <= common && version >= 0, `version ${version} is not known to both`);
    const expected = await answerIn(real, request, version);
    t.diagnostic(JSON.stringify(expected));
    assert.deepEqual(await answerIn(ours, request, version), expected);
  });

test("a denied DescribeUserScramCredentials, which Kafka does not answer, is refused by the embedded cluster", async () => {
  assert.equal(await answerIn(real, UNANSWERED, 0), "no answer");
  assert.deepEqual(await answerIn(ours, UNANSWERED, 0), {
    errorCode: 31,
    errorMessage: "Cluster authorization failed.",
    results: [],
  });
});
