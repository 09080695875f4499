import { KafkaError } from "../errors/kafka-error.ts";
import { Listed } from "./listed.ts";

/**
 * The result of a call that lists: a promise of the whole list, and an async iterable that yields each item when its
 * page arrives. The call is sent once, whichever of the two is used, and also if neither is.
 *
 *     for (const topic of await admin.listTopics()) …
 *     for await (const topic of admin.listTopics()) …
 */
export interface Listing<T, R = readonly T[]> extends Promise<R>, AsyncIterable<T> {}

/** Returns the pages of a listing, one after the other, and at the end the value that the listing resolves with. */
export type Pages<T, R> = AsyncGenerator<readonly T[], R, undefined>;

/**
 * Begins a listing. It is a promise of the host, so that errors have the line of the application in their stack: V8
 * follows no others.
 */
export function listing<T, R>(begin: () => Promise<Pages<T, R>>): Listing<T, R> {
  const arrived = new Arrived<T>();
  const result = arrived.all(begin);
  return Object.assign(result, {
    [Symbol.asyncIterator]: () => {
      // The iterator throws the error.
      result.catch(() => undefined);
      return arrived.items();
    },
  });
}

/** The pages of an API that answers with everything at once. */
export async function* onePage<T>(list: Promise<readonly T[]>): Pages<T, readonly T[]> {
  const items = await list;
  yield items;
  return items;
}

/** The pages of a list to which each broker contributes. An iterator throws at its end if a part is missing. */
export async function* joined<T>(list: Promise<Listed<T>>): Pages<T, Listed<T>> {
  const listed = await list;
  yield listed.items;
  return listed;
}

/** The items that have arrived so far, for the iterators of a listing. */
class Arrived<T> {
  readonly #items: T[] = [];
  #state: "running" | "ended" | { readonly failedWith: KafkaError } = "running";
  /** Wakes the iterators that wait for the next page. */
  #waiting: (() => void)[] = [];

  async all<R>(begin: () => Promise<Pages<T, R>>): Promise<R> {
    try {
      const pages = await begin();
      for (;;) {
        const { done, value } = await pages.next();
        if (done === true) {
          const [missing] = value instanceof Listed ? value.errors : [];
          this.#state = missing === undefined ? "ended" : { failedWith: missing.error };
          return value;
        }
        for (const item of value) this.#items.push(item);
        this.#wake();
      }
    } catch (error) {
      const failedWith = KafkaError.from(error);
      this.#state = { failedWith };
      throw failedWith;
    } finally {
      this.#wake();
    }
  }

  async *items(): AsyncGenerator<T, undefined, undefined> {
    for (let next = 0; ;) {
      while (next < this.#items.length) yield this.#items[next++] as T;
      if (this.#state === "ended") return undefined;
      if (this.#state !== "running") throw this.#state.failedWith;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
