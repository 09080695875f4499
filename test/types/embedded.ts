// Type tests of intercepts. Each @ts-expect-error is a negative case: if it compiles, this file does not.
import {
  type AnyInterceptedRequest,
  type BrokerErrorName,
  EmbeddedCluster,
  type InterceptHandle,
} from "../../src/embedded.ts";

const use = (..._: readonly unknown[]): void => undefined;
const cluster = await EmbeddedCluster.start({ topics: { orders: 1 } });

// Request, answer and response have the types of the API.
const handle: InterceptHandle = cluster.intercept("Produce", ({ message, apiName }) => {
  const acks: number = message.acks;
  const name: "Produce" = apiName;
  use(acks, name);
  return { answer: { responses: [{ name: "orders", partitionResponses: [{ index: 0, errorCode: 6 }] }] } };
});
const calls: number = handle.calls;
use(calls, handle.left);
handle();
cluster.intercept(
  "Fetch",
  { respond: (response) => ({ ...response, responses: response.responses.slice(1) }) },
  { topic: "orders", times: 1 },
);
cluster.intercept("Metadata", async ({ message }) => ({ rewrite: { ...message, topics: null } }));
cluster.intercept("Produce", ({ clientId }) => use(clientId)); // an observer
cluster.intercept("Produce", "disconnect-after", {
  broker: 0,
  clientId: "mine",
  when: ({ message }) => message.topicData.length > 1,
});
cluster.intercept("Produce", { applyLaterMs: 100 });

// @ts-expect-error an API that there is not
cluster.intercept("Prodce", () => undefined);
// @ts-expect-error an answer of another API
cluster.intercept("Produce", () => ({ answer: { topics: [] } }));
// @ts-expect-error a field of another type
cluster.intercept("Produce", { answer: { throttleTimeMs: "5" } });
// @ts-expect-error a rewritten request of another API
cluster.intercept("Metadata", { rewrite: { acks: 1 } });
// @ts-expect-error a field that the request does not have
cluster.intercept("Produce", ({ message }) => use(message.topics));
// @ts-expect-error a word that there is not
cluster.intercept("Produce", "disconect");
// @ts-expect-error a response that is no response
cluster.intercept("Produce", { respond: () => ({ responses: 5 }) });
// @ts-expect-error a time that is none
cluster.intercept("Produce", { delayMs: "5" });
// @ts-expect-error a scope by topic, of an API without topics
cluster.intercept("InitProducerId", () => undefined, { topic: "orders" });
// @ts-expect-error a field of a scope that there is not
cluster.intercept("Produce", () => undefined, { client: "mine" });
// @ts-expect-error the condition sees a Produce
cluster.intercept("Produce", () => undefined, { when: ({ message }) => message.groupId === "" });

// An intercept of all APIs: the name of the API tells the type of the message.
cluster.intercept(
  (request) => {
    const any: AnyInterceptedRequest = request;
    use(any);
    if (request.apiName === "Produce") use(request.message.acks);
    // @ts-expect-error not every request has acks
    use(request.message.acks);
    return undefined;
  },
  { topic: "orders" },
);

// Errors by Kafka's names.
const name: BrokerErrorName = "NOT_LEADER_OR_FOLLOWER";
cluster.failPartition("Fetch", "orders", 0, [name, 6, "NONE"], { broker: 0 });
cluster.failRequests("InitProducerId", ["COORDINATOR_LOAD_IN_PROGRESS"], { clientId: "mine" });
cluster.failRequests("Produce", ["NOT_ENOUGH_REPLICAS"], { topic: "orders" });
// @ts-expect-error an error that Kafka does not have
cluster.failPartition("Fetch", "orders", 0, ["NOT_LEADER"]);
// @ts-expect-error an API that does not answer partitions one by one
cluster.failPartition("InitProducerId", "orders", 0, [name]);
// @ts-expect-error the topic is there already
cluster.failPartition("Fetch", "orders", 0, [name], { topic: "orders" });
// @ts-expect-error an API without topics
cluster.failRequests("InitProducerId", [name], { topic: "orders" });
// @ts-expect-error an API whose response has no one place for an error
cluster.failRequests("CreateTopics", [name]);

// A log of one API, and of all.
const { entries } = cluster.recordRequests({ api: "Produce", limit: 10 });
const acks: number | undefined = entries[0]?.request.acks;
const baseOffset: number | undefined = entries[0]?.response?.responses[0]?.partitionResponses[0]?.baseOffset;
use(acks, baseOffset);
const log = cluster.recordRequests();
for (const entry of log.entries) {
  if (entry.apiName === "Fetch") use(entry.request.minBytes, entry.response?.sessionId, entry.outcome === "answered");
  // @ts-expect-error an outcome that there is not
  use(entry.outcome === "answerd");
}
const two = cluster.recordRequests({ api: ["Produce", "Fetch"] });
// @ts-expect-error neither Produce nor Fetch
use(two.entries[0]?.apiName === "Metadata");
// @ts-expect-error entries are not for writing
log.entries.length = 0;
