import type { Admin, ListPartitionReassignmentsResponse } from "../api.ts";
import { KafkaJSAggregateError } from "../errors/admin-errors.ts";
import { KafkaJSAlterPartitionReassignmentsError } from "../errors/protocol-error.ts";
import { protocolFault } from "../errors/protocol-faults.ts";
import { type AdminRequests, checkCode } from "./admin-requests.ts";
import { membersOf, timeoutOf } from "./argument-checks.ts";
import { partitionsToList, partitionsToReassign } from "./reassignment-arguments.ts";

/** The calls that move replicas. */
export function reassignmentCalls(
  requests: AdminRequests,
): Pick<Admin, "alterPartitionReassignments" | "listPartitionReassignments"> {
  return {
    alterPartitionReassignments: (options) => alterReassignments(requests, options),
    listPartitionReassignments: (options) => listReassignments(requests, options),
  };
}

const WARNING = "Could not reassign partitions";

async function alterReassignments(requests: AdminRequests, options: unknown): Promise<void> {
  const { topics: given, timeout } = membersOf(options);
  const topics = partitionsToReassign(given);
  await requests.atController(WARNING, async (to) => {
    const { errorCode, responses } = await requests.request(
      "AlterPartitionReassignments",
      { topics, timeoutMs: timeoutOf(timeout) },
      to,
    );
    if (errorCode !== 0) throw new KafkaJSAlterPartitionReassignmentsError(protocolFault(errorCode));
    const errors = responses.flatMap(({ name, partitions }) =>
      partitions
        .filter((one) => one.errorCode !== 0)
        .map(
          (one) => new KafkaJSAlterPartitionReassignmentsError(protocolFault(one.errorCode), name, one.partitionIndex),
        ),
    );
    if (errors.length > 0) throw new KafkaJSAggregateError("Errors altering partition reassignments", errors);
  });
}

async function listReassignments(
  requests: AdminRequests,
  options: unknown,
): Promise<ListPartitionReassignmentsResponse> {
  const { topics: given, timeout } = membersOf(options);
  const topics = partitionsToList(given);
  return await requests.atController(WARNING, async (to) => {
    const answer = await requests.request("ListPartitionReassignments", { topics, timeoutMs: timeoutOf(timeout) }, to);
    checkCode(answer.errorCode);
    return {
      topics: answer.topics.map(({ name, partitions }) =>
        asTyped(
          {
            name,
            partitions: partitions.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) =>
              asTyped(
                {
                  partition: partitionIndex,
                  replicas: [...replicas],
                  addingReplicas: [...addingReplicas],
                  removingReplicas: [...removingReplicas],
                },
                { partitionIndex },
              ),
            ),
          },
          { topic: name },
        ),
      ),
    };
  });
}

/**
 * Adds the members that kafkajs's types have and its answers lack: `topic` and `partitionIndex` are `name` and
 * `partition` there. They are not enumerable, so that the answer compares and prints as kafkajs's.
 */
function asTyped<A extends object, T extends object>(answer: A, typed: T): A & T {
  for (const [name, value] of Object.entries(typed)) Object.defineProperty(answer, name, { value });
  return answer as A & T;
}
