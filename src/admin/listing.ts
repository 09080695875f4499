import { Listed } from "./listed.ts";

/**
 * The result of a call that lists: a promise of the list that can be iterated too. The call is sent once, whichever of
 * the two is used, and also if neither is.
 *
 *     for (const topic of await admin.listTopics()) …
 *     for await (const topic of admin.listTopics()) …
 */
export interface Listing<T, R extends Iterable<T> = readonly T[]> extends Promise<R>, AsyncIterable<T> {}

/** Makes the promise of a list iterable. It stays a promise of the host: V8 follows no others in a stack. */
export function listing<T, R extends Iterable<T>>(list: Promise<R>): Listing<T, R> {
  return Object.assign(list, {
    [Symbol.asyncIterator]: () => {
      // The iterator throws the error.
      list.catch(() => undefined);
      return itemsOf<T, R>(list);
    },
  });
}

/** Throws at the end if the part of a broker is missing: an iteration shows nothing else of it. */
async function* itemsOf<T, R extends Iterable<T>>(list: Promise<R>): AsyncGenerator<T, undefined, undefined> {
  const items = await list;
  yield* items;
  if (items instanceof Listed) items.orThrow();
  return undefined;
}
