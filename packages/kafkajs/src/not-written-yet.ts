import { KafkaJSNotImplemented } from "./errors/other-errors.ts";

/** Stands in for calls that have no code yet: each rejects. Deleted when there are none left. */
export function notWrittenYet(name: string): () => Promise<never> {
  return () => Promise.reject(new KafkaJSNotImplemented(`${name} is not written yet`));
}

/** The same, for calls that are synchronous. */
export function notWrittenYetSync(name: string): () => never {
  return () => {
    throw new KafkaJSNotImplemented(`${name} is not written yet`);
  };
}
