import type { CallLimit } from "../cluster/call-retries.ts";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { ask, type Question } from "../cluster/routing/ask.ts";
import type { Route } from "../cluster/routing/route.ts";
import type { KeyResult } from "../cluster/routing/route-plan.ts";
import type { Verdict } from "../cluster/routing/verdict.ts";
import type { TimeLimit } from "../cluster/time-limit.ts";
import { detailsOf, KafkaError } from "../errors/kafka-error.ts";
import type { Connection } from "../network/connection.ts";
import { rejectionOf } from "../errors/rejection.ts";
import { Results } from "./results.ts";

/** A call on several items. Each key is one item, and no two are equal. */
export interface ItemQuestion<K, V> extends Question<K, V> {
  /** Whether it changes the cluster: an item without an answer then says that the change may have been made. */
  readonly isChange?: boolean;
}

/**
 * Asks about each item, and again only about those that may be sent again. Resolves with the results in the order of
 * the keys; an item whose time is over has an error. Rejects only if the signal fired or the client was closed.
 */
export async function askItems<K, V>(
  client: ClusterClient,
  question: ItemQuestion<K, V>,
  limit: CallLimit,
): Promise<readonly KeyResult<V>[]> {
  const doubts = new Doubts<K>();
  const results = await ask(
    client,
    {
      ...question,
      route: client.cluster.isOfControllers ? routeAtControllers(question.route) : question.route,
      send: (connection, keys, limit) => doubts.watch(keys, question.send(connection, keys, limit)),
    },
    limit,
  );
  const marked = results.map((result, i): KeyResult<V> => {
    const key = question.keys[i];
    return result.error === undefined || question.isChange !== true || key === undefined
      ? result
      : { error: doubts.mark(result.error, key) };
  });
  const end = marked.find(({ error }) => error?.kind === "cancelled" || error?.kind === "closed");
  if (end?.error !== undefined) return await rejectionOf(end.error);
  return marked;
}

/** The route of a client that is connected to the controllers: the active one answers whatever any broker does. */
function routeAtControllers<K>(route: Route<K>): Route<K> {
  return route.to === "any" || (route.to === "broker" && route.isExact !== true) ? { to: "controller" } : route;
}

/** The results of {@link askItems} by their keys. `idOf` returns the same text for equal keys. */
export function resultsOf<K, V>(
  keys: readonly K[],
  results: readonly KeyResult<V>[],
  idOf: (key: K) => string,
): Results<K, V> {
  const entries = results.map(({ error, answer }, i) => [keys[i] as K, error ?? answer] as const);
  return new Results(entries, idOf);
}

/** For an answer that lacks an item of the request. */
export function notAnswered(api: string): never {
  throw new KafkaError("protocol", `the broker's answer to ${api} lacks an item of the request`);
}

/** A call about one thing. */
export interface OneQuestion<V> {
  /** Names the call in log lines and errors. */
  readonly what: string;
  readonly isChange?: boolean;
  /** The broker to ask: any, the controller, or one by its node id. Default: any. */
  readonly to?: "any" | "controller" | number;
  send(connection: Connection, limit: TimeLimit): Promise<Verdict<V>>;
}

/** Asks one broker. Rejects with the error if there is no answer. */
export async function askOne<V>(client: ClusterClient, one: OneQuestion<V>, limit: CallLimit): Promise<V> {
  const { what, isChange = false, to = "any" } = one;
  const question: ItemQuestion<string, V> = {
    what,
    keys: [what],
    route: typeof to === "number" ? { to: "broker", nodeId: () => to } : { to },
    isChange,
    send: async (connection, _keys, within) => [await one.send(connection, within)],
  };
  const [result] = await askItems(client, question, limit);
  if (result === undefined) throw new KafkaError("internal", `${what}: there is neither an answer nor an error`);
  return result.error === undefined ? result.answer : await rejectionOf(result.error);
}

/** The items about which a request was sent, and that may have been changed although no answer says so. */
class Doubts<K> {
  readonly #inFlight = new Set<K>();
  /** A later refusal does not remove these: an earlier request about them may have been carried out. */
  readonly #lost = new Set<K>();

  /** Watches one request. */
  async watch<A>(keys: readonly K[], request: Promise<readonly Verdict<A>[]>): Promise<readonly Verdict<A>[]> {
    for (const key of keys) this.#inFlight.add(key);
    try {
      const verdicts = await request;
      for (const [i, key] of keys.entries()) this.#ended(key, errorIn(verdicts[i]));
      return verdicts;
    } catch (error) {
      const failure = KafkaError.from(error);
      for (const key of keys) this.#ended(key, failure);
      throw error;
    }
  }

  /** The error of an item, which says whether the change may have been made. */
  mark(error: KafkaError, key: K): KafkaError {
    const isDoubtful = this.#inFlight.has(key) || this.#lost.has(key);
    if (!isDoubtful)
      return error.outcome === "indefinite"
        ? new KafkaError(error.kind, error.message, { ...detailsOf(error), outcome: "notWritten" })
        : error;
    const message = `${error.message}; the change may have been made`;
    return new KafkaError(error.kind, message, { ...detailsOf(error), outcome: "indefinite" });
  }

  #ended(key: K, error: KafkaError | undefined): void {
    this.#inFlight.delete(key);
    if (error?.outcome === "indefinite") this.#lost.add(key);
  }
}

function errorIn(verdict: Verdict<unknown> | undefined): KafkaError | undefined {
  return verdict === undefined || verdict.then === "done" ? undefined : verdict.error;
}
