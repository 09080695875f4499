import { KafkaJSError, KafkaJSNonRetriableError, named, type Told } from "./kafkajs-error.ts";

/** A connection could not be opened, or was lost. */
export class KafkaJSConnectionError extends KafkaJSError {
  declare readonly broker: string | undefined;
  declare readonly code: string | undefined;

  constructor(told: Told, { broker, code }: { readonly broker?: string; readonly code?: string } = {}) {
    super(told);
    Object.assign(this, { broker, code });
    named(this, "KafkaJSConnectionError");
  }
}

/** A connection was closed while a request was under way. */
export class KafkaJSConnectionClosedError extends KafkaJSConnectionError {
  declare readonly host: string | undefined;
  declare readonly port: number | undefined;

  constructor(told: Told, { host, port }: { readonly host?: string; readonly port?: number } = {}) {
    super(told, { broker: `${host}:${port}` });
    Object.assign(this, { host, port });
    named(this, "KafkaJSConnectionClosedError");
  }
}

/** The facts of a {@link KafkaJSRequestTimeoutError}; times in ms since the epoch. */
export interface TimedOutRequest {
  readonly broker?: string;
  readonly correlationId?: number;
  readonly createdAt?: number;
  readonly sentAt?: number;
  readonly pendingDuration?: number;
}

/** A request was not answered within `requestTimeout`. */
export class KafkaJSRequestTimeoutError extends KafkaJSError {
  declare readonly broker: string | undefined;
  declare readonly correlationId: number | undefined;
  declare readonly createdAt: number | undefined;
  declare readonly sentAt: number | undefined;
  declare readonly pendingDuration: number | undefined;

  constructor(told: Told, { broker, correlationId, createdAt, sentAt, pendingDuration }: TimedOutRequest = {}) {
    super(told);
    Object.assign(this, { broker, correlationId, createdAt, sentAt, pendingDuration });
    named(this, "KafkaJSRequestTimeoutError");
  }
}

/** A broker refused the login. */
export class KafkaJSSASLAuthenticationError extends KafkaJSNonRetriableError {
  constructor(...given: ConstructorParameters<typeof KafkaJSNonRetriableError>) {
    super(...given);
    named(this, "KafkaJSSASLAuthenticationError");
  }
}

/** A broker is not among those that are known. */
export class KafkaJSBrokerNotFound extends KafkaJSError {
  constructor(...given: ConstructorParameters<typeof KafkaJSError>) {
    super(...given);
    named(this, "KafkaJSBrokerNotFound");
  }
}

/** No broker can be asked. */
export class KafkaJSNoBrokerAvailableError extends KafkaJSError {
  constructor() {
    super("No broker available");
    named(this, "KafkaJSNoBrokerAvailableError");
  }
}

/** No coordinator of the group was found. */
export class KafkaJSGroupCoordinatorNotFound extends KafkaJSNonRetriableError {
  constructor(...given: ConstructorParameters<typeof KafkaJSNonRetriableError>) {
    super(...given);
    named(this, "KafkaJSGroupCoordinatorNotFound");
  }
}

/** A broker does not serve an API. */
export class KafkaJSServerDoesNotSupportApiKey extends KafkaJSNonRetriableError {
  declare readonly apiKey: number | undefined;
  declare readonly apiName: string | undefined;

  constructor(told: Told, { apiKey, apiName }: { readonly apiKey?: number; readonly apiName?: string } = {}) {
    super(told);
    Object.assign(this, { apiKey, apiName });
    named(this, "KafkaJSServerDoesNotSupportApiKey");
  }
}
