import { KafkaError } from "../errors/kafka-error.ts";

/** Returns the pages of a listing, one after the other, and at the end what the listing resolves with. */
export type Pages<T, R> = AsyncGenerator<readonly T[], R, undefined>;

/**
 * The result of a call that lists: a promise of the whole list, and an async iterable that yields each item when its
 * page arrives. The call is sent once, whichever of the two is used, and also if neither is.
 *
 *     for (const topic of await admin.listTopics()) …
 *     for await (const topic of admin.listTopics()) …
 */
export class Listing<T, R = readonly T[]> implements Promise<R>, AsyncIterable<T> {
  readonly [Symbol.toStringTag] = "Listing";
  readonly #result: Promise<R>;
  readonly #items: T[] = [];
  #state: "running" | "ended" | { readonly failedWith: KafkaError } = "running";
  /** Wakes the iterators that wait for the next page. */
  #wake: (() => void)[] = [];

  /** @internal */
  constructor(begin: () => Promise<Pages<T, R>>) {
    this.#result = this.#run(begin);
  }

  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result.then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<R | B> {
    return this.#result.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<R> {
    return this.#result.finally(onFinally);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, undefined, undefined> {
    // The iterator reports the error itself.
    this.#result.catch(() => undefined);
    for (let next = 0; ;) {
      while (next < this.#items.length) yield this.#items[next++] as T;
      if (this.#state === "ended") return undefined;
      if (this.#state !== "running") throw this.#state.failedWith;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async #run(begin: () => Promise<Pages<T, R>>): Promise<R> {
    try {
      const pages = await begin();
      for (;;) {
        const { done, value } = await pages.next();
        if (done === true) {
          this.#ended("ended");
          return value;
        }
        this.#items.push(...value);
        this.#wakeAll();
      }
    } catch (error) {
      const failure = KafkaError.from(error);
      this.#ended({ failedWith: failure });
      throw failure;
    }
  }

  #ended(state: "ended" | { readonly failedWith: KafkaError }): void {
    this.#state = state;
    this.#wakeAll();
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}

/** The pages of an API that answers with everything at once. */
export async function* onePage<T>(list: Promise<readonly T[]>): Pages<T, readonly T[]> {
  const items = await list;
  yield items;
  return items;
}
