import { detailsOf, KafkaError } from "./kafka-error.ts";

/**
 * A promise that rejects with a copy of this error, created during the rejection. V8 then appends the `async` frames of
 * all callers that await the promise, also through `Promise.all`, so that the stack contains the line of the
 * application. A promise that was created and rejected elsewhere has none of these frames. This costs nothing unless
 * something fails.
 */
export function rejectionOf(error: KafkaError): Promise<never> {
  // Wait two microtasks: after one, the promise that is resolved with this one is not yet linked to it, and V8 cannot
  // find the awaiting callers.
  return Promise.resolve()
    .then(() => undefined)
    .then(() => {
      throw new KafkaError(error.kind, error.message, detailsOf(error));
    });
}
