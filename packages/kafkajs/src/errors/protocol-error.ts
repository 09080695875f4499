import { KafkaJSError, named, type Told } from "./kafkajs-error.ts";

/** The argument of {@link KafkaJSProtocolError}; `protocolFault` makes it from a code. */
export interface ProtocolFault {
  readonly type: string;
  readonly code: number;
  readonly message: string;
  readonly retriable: boolean;
  readonly helpUrl?: string;
}

/** A broker's error code. */
export class KafkaJSProtocolError extends KafkaJSError {
  declare readonly type: string;
  declare readonly code: number;

  constructor(told: Told, options: { readonly retriable?: boolean } = {}) {
    const fault = told as ProtocolFault;
    const { retriable = fault.retriable } = options;
    super(fault, { retriable });
    Object.assign(this, { type: fault.type, code: fault.code });
    named(this, "KafkaJSProtocolError");
  }
}

/** A broker does not have the offset that was asked for. */
export class KafkaJSOffsetOutOfRange extends KafkaJSProtocolError {
  declare readonly topic: string;
  declare readonly partition: number;

  constructor(told: Told, { topic, partition }: { readonly topic: string; readonly partition: number }) {
    super(told);
    Object.assign(this, { topic, partition });
    named(this, "KafkaJSOffsetOutOfRange");
  }
}

/** A coordinator wants the member to join with this id. */
export class KafkaJSMemberIdRequired extends KafkaJSProtocolError {
  declare readonly memberId: string;

  constructor(told: Told, { memberId }: { readonly memberId: string }) {
    super(told);
    Object.assign(this, { memberId });
    named(this, "KafkaJSMemberIdRequired");
  }
}

/** One topic that could not be created. */
export class KafkaJSCreateTopicError extends KafkaJSProtocolError {
  declare readonly topic: string;

  constructor(told: Told, topic: string) {
    super(told);
    Object.assign(this, { topic });
    named(this, "KafkaJSCreateTopicError");
  }
}

/** One partition that could not be reassigned. */
export class KafkaJSAlterPartitionReassignmentsError extends KafkaJSProtocolError {
  declare readonly topic: string;
  declare readonly partition: number;

  constructor(told: Told, topic?: string, partition?: number) {
    super(told);
    Object.assign(this, { topic, partition });
    named(this, "KafkaJSAlterPartitionReassignmentsError");
  }
}

/** Whether the member must join its group again, because its group rebalances. */
export function isRebalancing(error: unknown): boolean {
  const { type } = (error ?? {}) as { readonly type?: unknown };
  return type === "REBALANCE_IN_PROGRESS" || type === "NOT_COORDINATOR_FOR_GROUP" || type === "ILLEGAL_GENERATION";
}
