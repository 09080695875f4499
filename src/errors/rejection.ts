import { detailsOf, KafkaError } from "./kafka-error.ts";

/**
 * A promise that rejects with an error like this one, made while the rejection is handed on. V8 then appends the
 * `async` frames of those that await the promise, also through `Promise.all`, so that the stack has the line of the
 * application: a promise that is made and rejected elsewhere has none of them. Nothing of it is done, or costs
 * anything, where nothing fails.
 */
export function rejectionOf(error: KafkaError): Promise<never> {
  // One turn of the microtasks earlier the promise that is resolved with this one would not be tied to it yet, and V8
  // would not find who awaits it.
  return Promise.resolve()
    .then(() => undefined)
    .then(() => {
      throw new KafkaError(error.kind, error.message, detailsOf(error));
    });
}
