import { KafkaError } from "../../errors/kafka-error.ts";
import { type Destination, labelOf } from "./route.ts";
import type { Refusal, Verdict } from "./verdict.ts";

/** The result of one key: an answer or an error. */
export type KeyResult<A> =
  { readonly answer: A; readonly error?: undefined } | { readonly error: KafkaError; readonly answer?: undefined };

/** Where a key goes, or why that is not known. */
export type Placement = { readonly then: "ask"; readonly destination: Destination } | Refusal;

/** The limits of a plan, and the errors of keys that exceed them. */
export interface PlanSettings {
  /** The deadline, in monotonic ms: a key whose next try would be later fails at once. */
  readonly endsAtMs: number;
  /** How many lookups and requests of a key may fail. A key that has no try left fails with its last error. */
  readonly maxTries: number;
  /** Whether the first key that fails ends the others with its error. */
  readonly isAllOrNothing: boolean;
  /** How long to wait after a failed try; `tried` is the number of tries before it. */
  backoffMs(tried: number): number;
  /** The error of a key whose next try would be too late. */
  tooLate(tried: number, last: KafkaError): KafkaError;
}

/** Keys that share one request. */
export interface PlannedRequest {
  readonly destination: Destination;
  readonly keys: readonly number[];
}

/** The steps that are due at one moment. */
export interface PlannedStep {
  /** The keys whose brokers must be looked up now. */
  readonly lookUps: readonly number[];
  /** The lookups need metadata that is newer than this time (monotonic ms), because a key was refused then. */
  readonly staleMs: number;
  /** The requests to send now: one for each broker. */
  readonly requests: readonly PlannedRequest[];
  /** When the next waiting key is due, in monotonic ms. Infinity if none waits. */
  readonly wakeMs: number;
}

/**
 * The states of a key. `waiting`: for its next lookup. `lookingUp`: its broker is being looked up. `placed`: its broker
 * is known, and a request is due at some time. `asked`: it is in a request. `ended`: it has its result.
 */
type KeyState<A> =
  | { readonly is: "waiting" }
  | { readonly is: "lookingUp" }
  | { readonly is: "placed" | "asked"; readonly destination: Destination }
  | { readonly is: "ended"; readonly result: KeyResult<A> };

/** The state of one key. A key is named by its index in the caller's list. */
interface PlannedKey<A> {
  state: KeyState<A>;
  /** When its lookup or request is due, in the states `waiting` and `placed`. */
  dueMs: number;
  staleMs: number;
  tried: number;
  lastError: KafkaError | undefined;
}

const NOTHING_DUE: PlannedStep = {
  lookUps: [],
  staleMs: Number.NEGATIVE_INFINITY,
  requests: [],
  wakeMs: Number.POSITIVE_INFINITY,
};

/**
 * Decides which keys to look up and which brokers to ask now, and what an answer means for a key. Each key ends once,
 * with an answer or an error. It is in one request or lookup at a time, and only refused keys are sent again. Keys are
 * numbers: their indexes in the caller's list.
 */
export class RoutePlan<A> {
  readonly #settings: PlanSettings;
  readonly #keys: readonly PlannedKey<A>[];
  /** The keys that wait or are placed. A step looks only at these. */
  readonly #idle: Set<number>;
  #unended: number;
  /** The earliest time at which an idle key is due. */
  #nextDueMs = Number.NEGATIVE_INFINITY;

  constructor(count: number, settings: PlanSettings) {
    this.#settings = settings;
    // Not by Array.from of a length: V8 adds each of its elements by a call into its runtime.
    const keys: PlannedKey<A>[] = [];
    while (keys.length < count) {
      const dueMs = Number.NEGATIVE_INFINITY;
      keys.push({ state: { is: "waiting" }, dueMs, staleMs: dueMs, tried: 0, lastError: undefined });
    }
    this.#keys = keys;
    this.#idle = new Set(this.#keys.keys());
    this.#unended = count;
  }

  get isEnded(): boolean {
    return this.#unended === 0;
  }

  /** How many lookups and requests of a key failed, and the last error. */
  failures(key: number): { readonly tried: number; readonly last: KafkaError | undefined } {
    const { tried, lastError: last } = this.#key(key);
    return { tried, last };
  }

  /** Returns the keys that are due. Each is then looked up or asked, until its placement or its verdict arrives. */
  next(nowMs: number): PlannedStep {
    if (nowMs < this.#nextDueMs || this.#idle.size === 0) return { ...NOTHING_DUE, wakeMs: this.#wakeMs() };
    const lookUps: number[] = [];
    const requests = new Map<string, { readonly destination: Destination; readonly keys: number[] }>();
    let staleMs = Number.NEGATIVE_INFINITY;
    this.#nextDueMs = Number.POSITIVE_INFINITY;
    for (const index of this.#idle) {
      const key = this.#key(index);
      if (key.dueMs > nowMs) {
        this.#nextDueMs = Math.min(this.#nextDueMs, key.dueMs);
        continue;
      }
      this.#idle.delete(index);
      if (key.state.is === "placed") {
        const { destination } = key.state;
        key.state = { is: "asked", destination };
        const label = labelOf(destination);
        const request = requests.get(label);
        if (request === undefined) requests.set(label, { destination, keys: [index] });
        else request.keys.push(index);
      } else {
        key.state = { is: "lookingUp" };
        lookUps.push(index);
        staleMs = Math.max(staleMs, key.staleMs);
      }
    }
    return { lookUps, staleMs, requests: [...requests.values()], wakeMs: this.#wakeMs() };
  }

  /** A lookup of these keys has ended. Keys that have ended meanwhile keep their result. */
  located(keys: readonly number[], placements: readonly Placement[], nowMs: number): void {
    this.#each(keys, "lookingUp", (key, i, backoffMs) => {
      const placement = placements[i] ?? notAnswered();
      if (placement.then === "ask") {
        this.#key(key).state = { is: "placed", destination: placement.destination };
        this.#isDue(key, nowMs);
      } else this.#refuse(key, placement, nowMs, backoffMs);
    });
  }

  /** A request with these keys was answered, or failed. Keys that have ended meanwhile keep their result. */
  answered(keys: readonly number[], verdicts: readonly Verdict<A>[], nowMs: number): void {
    this.#each(keys, "asked", (key, i, backoffMs) => {
      const verdict = verdicts[i] ?? notAnswered();
      if (verdict.then === "done") this.#end(key, { answer: verdict.answer });
      else this.#refuse(key, verdict, nowMs, backoffMs);
    });
  }

  /** Ends all keys that have not ended. */
  endAll(errorOf: (key: number) => KafkaError): void {
    for (const key of this.#keys.keys())
      if (this.#key(key).state.is !== "ended") this.#end(key, { error: errorOf(key) });
  }

  /** The result of each key, once {@link isEnded}. */
  results(): readonly KeyResult<A>[] {
    return this.#keys.map(({ state }) => {
      if (state.is !== "ended") throw new KafkaError("internal", "a key of the plan has no result yet");
      return state.result;
    });
  }

  #each(
    keys: readonly number[],
    expected: "lookingUp" | "asked",
    apply: (key: number, i: number, backoffMs: (tried: number) => number) => void,
  ): void {
    // One random backoff for all keys that were refused together, so that they are sent again in one request.
    const drawn = new Map<number, number>();
    const backoffMs = (tried: number): number => {
      const ms = drawn.get(tried) ?? this.#settings.backoffMs(tried);
      drawn.set(tried, ms);
      return ms;
    };
    let failed: KafkaError | undefined;
    for (const [i, key] of keys.entries()) {
      if (this.#key(key).state.is !== expected) continue;
      apply(key, i, backoffMs);
      const { state } = this.#key(key);
      if (state.is === "ended") failed ??= state.result.error;
    }
    if (failed === undefined || !this.#settings.isAllOrNothing) return;
    const error = failed;
    this.endAll(() => error);
  }

  #refuse(
    index: number,
    { then, error, afterMs = 0 }: Refusal,
    nowMs: number,
    backoffMs: (tried: number) => number,
  ): void {
    const key = this.#key(index);
    const { maxTries, endsAtMs } = this.#settings;
    key.lastError = error;
    const dueMs = nowMs + Math.max(afterMs, backoffMs(key.tried));
    key.tried++;
    if (then === "fail" || key.tried >= maxTries) this.#end(index, { error });
    else if (dueMs >= endsAtMs) this.#end(index, { error: this.#settings.tooLate(key.tried, error) });
    else {
      if (then === "retry" && key.state.is === "asked")
        key.state = { is: "placed", destination: key.state.destination };
      else {
        key.state = { is: "waiting" };
        key.staleMs = nowMs;
      }
      this.#isDue(index, dueMs);
    }
  }

  #isDue(index: number, dueMs: number): void {
    this.#key(index).dueMs = dueMs;
    this.#idle.add(index);
    this.#nextDueMs = Math.min(this.#nextDueMs, dueMs);
  }

  #end(index: number, result: KeyResult<A>): void {
    this.#key(index).state = { is: "ended", result };
    this.#idle.delete(index);
    this.#unended--;
  }

  #wakeMs(): number {
    return this.#idle.size === 0 ? Number.POSITIVE_INFINITY : this.#nextDueMs;
  }

  #key(index: number): PlannedKey<A> {
    const key = this.#keys[index];
    if (key === undefined) throw new KafkaError("internal", `the plan has no key ${index}`);
    return key;
  }
}

/** The error for a lookup or a request that returned nothing about a key, which is a bug. */
function notAnswered(): Refusal {
  return {
    then: "fail",
    error: new KafkaError("internal", "a key was not answered"),
  };
}
