import { refreshesMetadata } from "../../errors/broker-error.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import { DeadlineEntry } from "../../runtime/deadline-wheel.ts";
import type { CallLimit, CallWait } from "../call-retries.ts";
import type { ClusterClient } from "../cluster-client.ts";
import { lateWords, TimeLimit, tooLateError } from "../time-limit.ts";
import type { Wait } from "../waits.ts";
import { locate, separately } from "./locate.ts";
import type { Destination, Route } from "./route.ts";
import { type KeyResult, RoutePlan } from "./route-plan.ts";
import { type Refusal, refusal, type Verdict } from "./verdict.ts";

/** The keys, how to find the broker of each, and the request that asks a broker about some of them. */
export interface Question<K, A> {
  /** Names the call in log lines and errors. */
  readonly what: string;
  readonly keys: readonly K[];
  readonly route: Route<K>;
  /**
   * Sends one request about these keys and returns the verdict on each, in their order. An error that it throws is a
   * verdict on all of them, by {@link refusal}.
   */
  send(connection: Connection, keys: readonly K[], limit: TimeLimit): Promise<readonly Verdict<A>[]>;
  /** How many keys a request to this broker may have. Default: any number. */
  keysPerRequest?(connection: Connection): number;
  /**
   * Returns the error that ends the call before its next request, for example because the member was removed. Called
   * before each request and after each lookup.
   */
  refused?(): KafkaError | undefined;
  /** How many lookups and requests of a key may fail. Default: any number until the time is over. */
  readonly maxTries?: number;
  /** Whether the first key that fails ends the others with its error. Default: each key ends by itself. */
  readonly isAllOrNothing?: boolean;
}

/**
 * Asks the brokers of many keys at once, with one request to each broker. Keys that were refused are asked again after
 * a backoff, while other requests are still in flight. Resolves when each key has an answer or an error, in the order
 * of the keys; never rejects. The end of the time, the signal and the client's close give each remaining key an error.
 */
export async function ask<K, A>(
  client: ClusterClient,
  question: Question<K, A>,
  { timeoutMs, signal }: CallLimit,
  { wait: loop, isExpected }: AskWait = {},
): Promise<readonly KeyResult<A>[]> {
  const { what, keys, route } = question;
  if (keys.length === 0) return [];
  const wait =
    loop === "none" ? undefined : (loop ?? client.waits.begin(what, isExpected === undefined ? {} : { isExpected }));
  const topics = route.to === "leader" ? new Set(keys.map((key) => route.partition(key).topic)) : [];
  client.wantTopics(topics);
  client.alive.hold();
  wait?.trying();
  try {
    const results = await TimeLimit.around(client, { timeoutMs, what, signal }, (limit) =>
      new Asking(client, question, limit, timeoutMs, wait).run(),
    );
    if (results.every(({ error }) => error === undefined)) wait?.end();
    return results;
  } finally {
    client.alive.release();
    client.releaseTopics(topics);
    wait?.rests();
    if (loop === undefined) wait?.end();
  }
}

/** How a call that takes long is logged; `"none"`: the caller logs it. */
export type AskWait = Omit<CallWait, "wait"> & { readonly wait?: Wait | "none" | undefined };

/**
 * Returns the answers if every key has one. Otherwise throws the first error that is not retriable, or else the first
 * error.
 */
export function answersOf<A>(results: readonly KeyResult<A>[]): readonly A[] {
  const answers: A[] = [];
  let worst: KafkaError | undefined;
  for (const result of results) {
    const { error } = result;
    if (error === undefined) answers.push(result.answer);
    else if (worst === undefined || (worst.retriable && !error.retriable)) worst = error;
  }
  if (worst !== undefined) throw worst;
  return answers;
}

/** One running call: carries out the steps of the plan, and reports their results to it. */
class Asking<K, A> extends DeadlineEntry {
  readonly #client: ClusterClient;
  readonly #question: Question<K, A>;
  readonly #limit: TimeLimit;
  readonly #timeoutMs: number;
  readonly #wait: Wait | undefined;
  readonly #plan: RoutePlan<A>;
  readonly #beganMs: number;
  #settle: (() => void) | undefined;

  constructor(
    client: ClusterClient,
    question: Question<K, A>,
    limit: TimeLimit,
    timeoutMs: number,
    wait: Wait | undefined,
  ) {
    super();
    this.#client = client;
    this.#question = question;
    this.#limit = limit;
    this.#timeoutMs = timeoutMs;
    this.#wait = wait;
    this.#beganMs = client.clock.monotonic();
    this.#plan = new RoutePlan<A>(question.keys.length, {
      endsAtMs: limit.endsAtMs,
      maxTries: question.maxTries ?? Number.POSITIVE_INFINITY,
      isAllOrNothing: question.isAllOrNothing === true,
      backoffMs: (tried) => client.backoffMs(tried),
      tooLate: (tries, last) => tooLateError(question.what, tries, last),
    });
  }

  async run(): Promise<readonly KeyResult<A>[]> {
    const { deadlines, tasks } = this.#client;
    const { signal } = this.#limit;
    const onAbort = (): void => this.#stop();
    signal.addEventListener("abort", onAbort);
    tasks.signal.addEventListener("abort", onAbort);
    const ended = new Promise<void>((resolve) => {
      this.#settle = resolve;
    });
    if (signal.aborted || tasks.isClosed) this.#stop();
    else this.#step();
    await ended;
    signal.removeEventListener("abort", onAbort);
    tasks.signal.removeEventListener("abort", onAbort);
    deadlines.remove(this);
    return this.#plan.results();
  }

  override onDeadline(): void {
    this.#step();
  }

  #step(): void {
    const plan = this.#plan;
    const refused = plan.isEnded ? undefined : this.#question.refused?.();
    if (refused !== undefined) plan.endAll(() => refused);
    const { lookUps, staleMs, requests, wakeMs } = plan.next(this.#client.clock.monotonic());
    if (plan.isEnded) {
      this.#settle?.();
      return;
    }
    if (lookUps.length > 0) {
      const { snapshot } = this.#client;
      const groups = separately(this.#question.route, lookUps, (key) => this.#keyAt(key), snapshot, staleMs);
      for (const keys of groups) void this.#lookUp(keys, staleMs);
    }
    for (const { destination, keys } of requests) void this.#ask(destination, keys);
    if (wakeMs < Number.POSITIVE_INFINITY) this.#client.deadlines.add(this, wakeMs);
  }

  async #lookUp(keys: readonly number[], staleMs: number): Promise<void> {
    const { route } = this.#question;
    let placements;
    try {
      placements = await locate(route, this.#named(keys), {
        client: this.#client,
        beganMs: this.#beganMs,
        staleMs,
        limit: this.#limit,
        wait: this.#wait ?? "none",
      });
    } catch (error) {
      const failure = refusal(KafkaError.from(error));
      placements = keys.map(() => failure);
    }
    for (const placement of placements) if (placement.then !== "ask") this.#note(placement);
    this.#plan.located(keys, placements, this.#client.clock.monotonic());
    this.#step();
  }

  /** The requests to one broker. */
  async #ask(destination: Destination, keys: readonly number[]): Promise<void> {
    let connection: Connection;
    let most: number;
    try {
      connection = await connect(this.#client, destination, this.#limit);
      // The caller may have its results already. A request that is sent now could arrive after the caller's next call.
      if (this.#plan.isEnded) return;
      // Throws if the broker does not serve the API.
      most = Math.max(1, this.#question.keysPerRequest?.(connection) ?? keys.length);
    } catch (error) {
      this.#fail(keys, error);
      return;
    }
    for (let from = 0; from < keys.length; from += most) void this.#send(connection, keys.slice(from, from + most));
  }

  async #send(connection: Connection, keys: readonly number[]): Promise<void> {
    let verdicts: readonly Verdict<A>[];
    try {
      const refused = this.#question.refused?.();
      if (refused !== undefined) throw refused;
      verdicts = await this.#question.send(connection, this.#named(keys), this.#limit);
    } catch (error) {
      this.#fail(keys, error);
      return;
    }
    for (const [i, verdict] of verdicts.entries()) if (verdict.then !== "done") this.#note(verdict, keys[i]);
    this.#plan.answered(keys, verdicts, this.#client.clock.monotonic());
    this.#step();
  }

  #fail(keys: readonly number[], error: unknown): void {
    const failure = refusal(KafkaError.from(error));
    for (const key of keys) this.#note(failure, key);
    this.#plan.answered(
      keys,
      keys.map(() => failure),
      this.#client.clock.monotonic(),
    );
    this.#step();
  }

  /**
   * Reports an error to the wait that is logged, and refreshes the metadata or forgets the coordinator if the error
   * says so.
   */
  #note({ then, error }: Refusal, key?: number): void {
    if (this.#plan.isEnded) return;
    this.#wait?.tried(error);
    const { route, keys } = this.#question;
    const isByMetadata = route.to === "leader" || route.to === "broker" || route.to === "controller";
    if ((then === "lookUp" && isByMetadata) || (error.code !== undefined && refreshesMetadata(error.code)))
      this.#client.refreshMetadata();
    const asked = key === undefined ? undefined : keys[key];
    if (route.to === "coordinator" && asked !== undefined)
      route.coordinators.failed(route.kind, route.name(asked), error);
  }

  /** The time is over, the signal fired, or the client was closed. */
  #stop(): void {
    const { what } = this.#question;
    const { signal, endsAtMs } = this.#limit;
    const nowMs = this.#client.clock.monotonic();
    const reason = signal.reason ?? this.#client.tasks.endError(`${what}: the client was closed`);
    const isLate = reason.kind === "timeout" && nowMs >= endsAtMs;
    this.#plan.endAll((key) => (isLate ? this.#lateError(key) : reason));
    this.#settle?.();
  }

  #lateError(key: number): KafkaError {
    const { tried, last } = this.#plan.failures(key);
    const words = lateWords(this.#question.what, tried + 1, this.#client.pending("other"), last);
    return new KafkaError("timeout", `${words} (timeout ${this.#timeoutMs} ms)`, {
      outcome: "indefinite",
      cause: last ?? this.#client.pendingError(),
    });
  }

  #named(keys: readonly number[]): readonly K[] {
    return keys.map((key) => this.#keyAt(key));
  }

  #keyAt(key: number): K {
    return this.#question.keys[key] as K;
  }
}

function connect(client: ClusterClient, destination: Destination, { signal }: TimeLimit): Promise<Connection> {
  if (destination === "any") return client.anyConnection(signal);
  return typeof destination === "number"
    ? client.connection(destination, "other", signal)
    : client.connectionTo(destination, "other", signal);
}
