import { KafkaError } from "../../errors/kafka-error.ts";
import type { Action, End } from "./action.ts";
import type { ArrivedRequest } from "./arrived-request.ts";

/** An intercept. Return undefined to leave the request alone. */
export interface Interceptor {
  act(request: ArrivedRequest): Action | undefined | PromiseLike<Action | undefined>;
  /** Stops intercepting. */
  end(): void;
}

/** The result of running all intercepts on a request. */
export interface Verdict {
  /** The message to serve: the one that arrived, or the rewritten one. */
  readonly message: unknown;
  /** Functions that change the broker's response, in this order. */
  readonly respond: readonly ((response: never) => unknown)[];
  /** Undefined if the request is served as usual. */
  readonly end: End | undefined;
}

/** How the chain waits, and completes a rewritten message with defaults. */
export interface ChainTools {
  readonly wait: (durationMs: number) => Promise<void>;
  readonly whole: (message: unknown) => unknown;
}

/** The intercepts of a cluster, in the order in which they were added. */
export class Intercepts {
  readonly #all = new Set<Interceptor>();

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  add(interceptor: Interceptor): void {
    this.#all.add(interceptor);
  }

  remove(interceptor: Interceptor): void {
    this.#all.delete(interceptor);
  }

  /** Ends all of them. */
  clear(): void {
    for (const interceptor of this.#all) interceptor.end();
    this.#all.clear();
  }

  /** Runs the intercepts in order, until one ends the request. */
  async run(arrived: ArrivedRequest, { wait, whole }: ChainTools): Promise<Verdict> {
    let request = arrived;
    const respond: ((response: never) => unknown)[] = [];
    for (const interceptor of this.#all) {
      const action = await actionOf(interceptor, request);
      if (action === undefined) continue;
      if (action.rewrite !== undefined) request = request.rewritten(whole(action.rewrite));
      if (action.respond !== undefined) respond.push(action.respond);
      if (action.delayMs !== undefined) await wait(action.delayMs);
      if (action.end !== undefined) return { message: request.message, respond, end: action.end };
    }
    return { message: request.message, respond, end: undefined };
  }
}

/**
 * Reports an error that an intercept throws as kind `internal`: it is a mistake in the test. The broker closes the
 * connection and logs it.
 */
async function actionOf(interceptor: Interceptor, request: ArrivedRequest): Promise<Action | undefined> {
  try {
    return await interceptor.act(request);
  } catch (error) {
    throw new KafkaError("internal", `an intercept of ${request.apiName} failed: ${KafkaError.from(error).message}`, {
      cause: error,
    });
  }
}
