import { KafkaJSError, named, type Told } from "./kafkajs-error.ts";

/** No metadata was read yet. */
export class KafkaJSMetadataNotLoaded extends KafkaJSError {
  constructor(...given: ConstructorParameters<typeof KafkaJSError>) {
    super(...given);
    named(this, "KafkaJSMetadataNotLoaded");
  }
}

/** No metadata of a topic was read yet. */
export class KafkaJSTopicMetadataNotLoaded extends KafkaJSMetadataNotLoaded {
  declare readonly topic: string | undefined;

  constructor(told: Told, { topic }: { readonly topic?: string } = {}) {
    super(told);
    Object.assign(this, { topic });
    named(this, "KafkaJSTopicMetadataNotLoaded");
  }
}

/** A member was assigned partitions that its metadata does not have. */
export class KafkaJSStaleTopicMetadataAssignment extends KafkaJSError {
  declare readonly topic: string | undefined;
  declare readonly unknownPartitions: readonly number[] | undefined;

  constructor(
    told: Told,
    { topic, unknownPartitions }: { readonly topic?: string; readonly unknownPartitions?: readonly number[] } = {},
  ) {
    super(told);
    Object.assign(this, { topic, unknownPartitions });
    named(this, "KafkaJSStaleTopicMetadataAssignment");
  }
}
