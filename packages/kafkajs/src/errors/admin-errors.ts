import { KafkaJSError, named, type Told } from "./kafkajs-error.ts";

/** A group that was not deleted. */
export interface DeletedGroup {
  readonly groupId: string;
  readonly errorCode?: number;
  readonly error?: unknown;
}

/** Groups that were not deleted. */
export class KafkaJSDeleteGroupsError extends KafkaJSError {
  declare readonly groups: readonly DeletedGroup[];

  constructor(told: Told, groups: readonly DeletedGroup[] = []) {
    super(told);
    Object.assign(this, { groups });
    named(this, "KafkaJSDeleteGroupsError");
  }
}

/** A partition whose records were to be deleted. */
export interface DeletedRecords {
  readonly partition: number;
  readonly offset: string;
  readonly error?: unknown;
}

/** Records that were not deleted. It is retriable if the errors of all partitions are. */
export class KafkaJSDeleteTopicRecordsError extends KafkaJSError {
  declare readonly partitions: readonly DeletedRecords[];

  constructor({ partitions }: { readonly partitions: readonly DeletedRecords[] }) {
    const errors = partitions.filter(({ error }) => error !== undefined && error !== null);
    const retriable = errors.every(({ error }) => (error as { readonly retriable?: unknown }).retriable === true);
    super("Error while deleting records", { retriable });
    named(this, "KafkaJSDeleteTopicRecordsError");
    Object.assign(this, { partitions });
  }
}

/** Several errors of one call. It is not a `KafkaJSError`. */
export class KafkaJSAggregateError extends Error {
  declare readonly errors: readonly unknown[];

  constructor(message: string, errors: readonly unknown[]) {
    super(message);
    Object.assign(this, { errors });
    named(this, "KafkaJSAggregateError");
  }
}
