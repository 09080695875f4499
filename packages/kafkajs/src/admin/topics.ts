import type { Admin } from "../api.ts";
import { KafkaJSAggregateError } from "../errors/admin-errors.ts";
import { KafkaJSTimeout } from "../errors/other-errors.ts";
import { KafkaJSCreateTopicError } from "../errors/protocol-error.ts";
import { protocolFault } from "../errors/protocol-faults.ts";
import { sleep } from "../host-time.ts";
import { type AdminRequests, checkCode, checkCodes, firstServed, type ToBroker } from "./admin-requests.ts";
import { byTopic, membersOf, timeoutOf } from "./argument-checks.ts";
import { namesToDelete, partitionsToCreate, topicsToCreate } from "./topic-arguments.ts";

/** The calls that create and delete topics and partitions. */
export function topicCalls(requests: AdminRequests): Pick<Admin, "createTopics" | "deleteTopics" | "createPartitions"> {
  return {
    createTopics: (options) => createTopics(requests, options),
    deleteTopics: (options) => deleteTopics(requests, options),
    createPartitions: (options) => createPartitions(requests, options),
  };
}

/** How long leaders are waited for, in ms, unless the call has a `timeout`. */
const LEADERS_MS = 10_000;
const LEADERS_PAUSE_MS = 100;

/** True if topics were created, false if all of them exist. */
async function createTopics(requests: AdminRequests, options: unknown): Promise<boolean> {
  const { topics: given, validateOnly, timeout, waitForLeaders = true } = membersOf(options);
  const topics = topicsToCreate(given);
  const message = { topics, timeoutMs: timeoutOf(timeout), validateOnly: Boolean(validateOnly) };
  try {
    await requests.atController("Could not create topics", async (to) => {
      const answer = await requests.request("CreateTopics", message, to);
      checkCreated(answer.topics);
      // kafkajs waits also after `validateOnly`, and a broker then may create the topic that it asks for.
      if (Boolean(waitForLeaders) && !message.validateOnly && topics.length > 0)
        await leadersOf(
          requests,
          topics.map(({ name }) => name),
          timeout === undefined || timeout === null ? LEADERS_MS : message.timeoutMs,
          to,
        );
    });
    return true;
  } catch (error) {
    if (error instanceof KafkaJSAggregateError && error.errors.every(isExisting)) return false;
    throw error;
  }
}

function checkCreated(results: readonly { readonly name: string; readonly errorCode: number }[]): void {
  const failed = results.filter(({ errorCode }) => errorCode !== 0).sort(byTopic);
  if (failed.length === 0) return;
  const errors = failed.map(({ name, errorCode }) => new KafkaJSCreateTopicError(protocolFault(errorCode), name));
  throw new KafkaJSAggregateError("Topic creation errors", errors);
}

function isExisting(error: unknown): boolean {
  return error instanceof KafkaJSCreateTopicError && error.type === "TOPIC_ALREADY_EXISTS";
}

/** What a broker says of a topic that it does not know yet, or whose leaders it does not know yet. */
const NOT_YET: readonly number[] = [3, 5];

/** Waits until the controller knows leaders of all partitions. */
async function leadersOf(
  requests: AdminRequests,
  names: readonly string[],
  limitMs: number,
  to: ToBroker,
): Promise<void> {
  const { clock } = requests.cluster.host;
  const deadlineMs = clock.monotonic() + limitMs;
  const message = { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false };
  for (;;) {
    const { topics } = await requests.read(() => requests.request("Metadata", message, to));
    const waiting = topics.flatMap(({ errorCode, partitions }) => [
      errorCode,
      ...partitions.map((one) => one.errorCode),
    ]);
    if (!waiting.some((code) => NOT_YET.includes(code))) {
      checkCodes(topics);
      return;
    }
    if (clock.monotonic() + LEADERS_PAUSE_MS >= deadlineMs)
      throw new KafkaJSTimeout("Timed out while waiting for topic leaders");
    await sleep(requests.cluster.host, LEADERS_PAUSE_MS);
  }
}

/** A topic that does not exist is tried again: brokers may not know of a new one yet. */
async function deleteTopics(requests: AdminRequests, options: unknown): Promise<void> {
  const { topics, timeout } = membersOf(options);
  const topicNames = namesToDelete(topics);
  const message = { topicNames, timeoutMs: timeoutOf(timeout) };
  const tried = ["NOT_CONTROLLER", "UNKNOWN_TOPIC_OR_PARTITION"];
  const left = new Set(topicNames);
  await requests.atController(
    "Could not delete topics",
    async (to) => {
      const { responses } = await firstServed([5, 1], (version) =>
        requests.request("DeleteTopics", { ...message, topicNames: [...left] }, { ...to, version }),
      );
      // What is deleted is not asked for again: it would be unknown then.
      for (const { name, errorCode } of responses) if (errorCode === 0) left.delete(name ?? "");
      try {
        checkCodes([...responses].sort(byTopic));
      } catch (error) {
        if ((error as { readonly type?: string }).type === "REQUEST_TIMED_OUT")
          requests.logger.error(DELETION_DISABLED, { error: (error as Error).message });
        throw error;
      }
    },
    tried,
  );
}

const DELETION_DISABLED =
  'Could not delete topics, check if "delete.topic.enable" is set to "true" (the default value is "false") or ' +
  "increase the timeout";

async function createPartitions(requests: AdminRequests, options: unknown): Promise<boolean> {
  const { topicPartitions, validateOnly, timeout } = membersOf(options);
  const topics = partitionsToCreate(topicPartitions);
  const message = { topics, timeoutMs: timeoutOf(timeout), validateOnly: Boolean(validateOnly) };
  await requests.atController("Could not create topics", async (to) => {
    const { results } = await requests.request("CreatePartitions", message, to);
    for (const { errorCode } of [...results].sort(byTopic)) checkCode(errorCode);
  });
  // kafkajs's types say boolean, and kafkajs resolves with undefined.
  return undefined as unknown as boolean;
}
