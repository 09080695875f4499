import { KafkaJSNonRetriableError, named, type Told } from "./kafkajs-error.ts";

type Given = ConstructorParameters<typeof KafkaJSNonRetriableError>;

/** A broker's answer ends in the middle of a batch. */
export class KafkaJSPartialMessageError extends KafkaJSNonRetriableError {
  constructor(...given: Given) {
    super(...given);
    named(this, "KafkaJSPartialMessageError");
  }
}

/** Something that kafkajs cannot do: a codec that is not registered, for example. */
export class KafkaJSNotImplemented extends KafkaJSNonRetriableError {
  constructor(...given: Given) {
    super(...given);
    named(this, "KafkaJSNotImplemented");
  }
}

/** Something took too long. */
export class KafkaJSTimeout extends KafkaJSNonRetriableError {
  constructor(...given: Given) {
    super(...given);
    named(this, "KafkaJSTimeout");
  }
}

/** A lock was not free in time. */
export class KafkaJSLockTimeout extends KafkaJSTimeout {
  constructor(...given: Given) {
    super(...given);
    named(this, "KafkaJSLockTimeout");
  }
}

/** Records in a format that is not known. */
export class KafkaJSUnsupportedMagicByteInMessageSet extends KafkaJSNonRetriableError {
  constructor(...given: Given) {
    super(...given);
    named(this, "KafkaJSUnsupportedMagicByteInMessageSet");
  }
}

const ISSUES = "https://github.com/tulios/kafkajs/issues/new?assignees=&labels=bug&template=bug_report.md&title=";

/** Something that cannot be. */
export class KafkaJSInvariantViolation extends KafkaJSNonRetriableError {
  constructor(told: Told) {
    const message = (told as { readonly message?: string }).message ?? (told as string);
    super(`Invariant violated: ${message}. This is likely a bug and should be reported.`);
    named(this, "KafkaJSInvariantViolation");
    Object.assign(this, { helpUrl: `${ISSUES}${encodeURIComponent(`Invariant violation: ${message}`)}` });
  }
}

/** A number of variable length that does not end. Its `name` is that of its parent, as in kafkajs. */
export class KafkaJSInvalidVarIntError extends KafkaJSNonRetriableError {}

/** A number of 64 bits that does not fit. Its `name` is that of its parent, as in kafkajs. */
export class KafkaJSInvalidLongError extends KafkaJSNonRetriableError {}

/** A fetch that a rebalance has ended. Its `name` is `Error`, and it is not a `KafkaJSError`, as in kafkajs. */
export class KafkaJSFetcherRebalanceError extends Error {}
