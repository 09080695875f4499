import { KafkaError } from "../../errors/kafka-error.ts";
import type { Action, End } from "./action.ts";
import type { ArrivedRequest } from "./arrived-request.ts";

/** One who looks at requests: undefined where a request is none of its business, or nothing is to become of it. */
export interface Interceptor {
  act(request: ArrivedRequest): Action | undefined | PromiseLike<Action | undefined>;
  /** From now on it does nothing. */
  end(): void;
}

/** What becomes of a request when all were asked. */
export interface Verdict {
  /** The message to serve: what arrived, or what it was rewritten to. */
  readonly message: unknown;
  /** What makes the response from the broker's, in this order. */
  readonly respond: readonly ((response: never) => unknown)[];
  /** Undefined where it is served as usual. */
  readonly end: End | undefined;
}

/** How the chain waits, and makes a message that a rewriter wrote whole. */
export interface ChainTools {
  readonly wait: (durationMs: number) => Promise<void>;
  readonly whole: (message: unknown) => unknown;
}

/** The intercepts of a cluster, asked in the order in which they came. */
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

  /** Ends them all. */
  clear(): void {
    for (const interceptor of this.#all) interceptor.end();
    this.#all.clear();
  }

  /** Asks one after the other, until one says how the request ends. */
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

/** What an intercept throws is a mistake in a test: the broker hangs up, and its log says why. */
async function actionOf(interceptor: Interceptor, request: ArrivedRequest): Promise<Action | undefined> {
  try {
    return await interceptor.act(request);
  } catch (error) {
    throw new KafkaError("internal", `an intercept of ${request.apiName} failed: ${KafkaError.from(error).message}`, {
      cause: error,
    });
  }
}
