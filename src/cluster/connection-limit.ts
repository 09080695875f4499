import { KafkaError } from "../errors/kafka-error.ts";
import type { Connection } from "../network/connection.ts";
import { Deadline } from "../network/deadlines.ts";
import type { Clock } from "../runtime/async-runtime.ts";
import { type AbortSignalLike, cancelledError } from "../runtime/cancellation.ts";
import type { DeadlineWheel } from "../runtime/deadline-wheel.ts";
import { nextStep, type PlaceState } from "./connection-places.ts";

/** The part of a connection that the limit uses. */
export type LimitedConnection = Pick<
  Connection,
  "address" | "isClosed" | "unanswered" | "onClosed" | "close" | "mayRetire" | "retire"
>;

/** Requests that wait for other members of a group. */
const LONG_REQUESTS: readonly string[] = ["JoinGroup", "SyncGroup"];

interface Waiter {
  readonly resolve: (place: Place) => void;
  /** Decides again after some time, by the deadlines of the client that waits. */
  readonly deadline: Deadline;
  readonly deadlines: DeadlineWheel;
}

/**
 * Counts the connections of all clients of a `Kafka`, for the option `maxConnections`. A client enters before it opens
 * a connection. If all places are taken, it waits in order of arrival, while `nextStep` decides which connection makes
 * room.
 */
export class ConnectionLimit {
  readonly #max: number;
  readonly #clock: Clock;
  readonly #places = new Set<Place>();
  readonly #waiting: Waiter[] = [];
  #isServing = false;

  constructor(max: number, clock: Clock) {
    this.#max = max;
    this.#clock = clock;
  }

  /**
   * Settles when a connection may be opened. Rejects when the signal fires. `previous` is the connection that the new
   * one replaces: it closes first, so that a broker gets the requests in their order.
   */
  async enter(
    deadlines: DeadlineWheel,
    previous: LimitedConnection | undefined,
    signal: AbortSignalLike,
  ): Promise<Place> {
    if (previous?.isClosed === false) await new Promise<void>((closed) => previous.onClosed(closed));
    if (signal.aborted) throw cancelledError(signal);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#leaveQueue(waiter);
        reject(cancelledError(signal));
      };
      const waiter: Waiter = {
        resolve: (place) => {
          signal.removeEventListener("abort", onAbort);
          resolve(place);
        },
        deadline: new Deadline(() => this.serve()),
        deadlines,
      };
      signal.addEventListener("abort", onAbort);
      this.#waiting.push(waiter);
      this.serve();
    });
  }

  /** Makes room for those who wait, as far as that is possible now. */
  serve(): void {
    if (this.#isServing) return; // a connection that this function closes calls it again
    this.#isServing = true;
    try {
      while (this.#step());
    } finally {
      this.#isServing = false;
    }
  }

  /** Returns whether something changed, so that there may be more to do. */
  #step(): boolean {
    const [first] = this.#waiting;
    if (first === undefined) return false;
    const nowMs = this.#clock.monotonic();
    const places = [...this.#places];
    const step = nextStep(
      places.map((place) => place.state()),
      this.#max,
      this.#waiting.length,
      nowMs,
    );
    switch (step.do) {
      case "open":
        this.#leaveQueue(first);
        first.resolve(this.#newPlace());
        return true;
      case "close":
        places[step.at]?.close(this.#max);
        return true;
      case "drain":
        places[step.at]?.drain();
        return true;
      case "wait":
        first.deadlines.remove(first.deadline);
        first.deadlines.add(first.deadline, nowMs + step.ms);
        return false;
    }
  }

  #newPlace(): Place {
    const place = new Place(this.#clock, {
      idle: () => this.serve(),
      left: () => {
        this.#places.delete(place);
        this.serve();
      },
    });
    this.#places.add(place);
    return place;
  }

  #leaveQueue(waiter: Waiter): void {
    waiter.deadlines.remove(waiter.deadline);
    const at = this.#waiting.indexOf(waiter);
    if (at >= 0) this.#waiting.splice(at, 1);
  }
}

/** One of the connections that may be open: from before it is opened until it is closed. */
export class Place {
  readonly #clock: Clock;
  readonly #changed: { readonly idle: () => void; readonly left: () => void };
  #connection: LimitedConnection | undefined;
  #openedMs: number | undefined;
  #idleSinceMs: number | undefined;
  #drainingSinceMs: number | undefined;
  /** How often the connection became idle; the first time is before its first request. */
  #idles = 0;

  constructor(clock: Clock, changed: { readonly idle: () => void; readonly left: () => void }) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** The connection is open. It leaves the place when it closes. */
  opened(connection: LimitedConnection): void {
    this.#connection = connection;
    this.#openedMs = this.#clock.monotonic();
    if (connection.isClosed) this.leave();
    else connection.onClosed(() => this.leave());
    this.#changed.idle();
  }

  /** No request is in flight any more. */
  idle(): void {
    this.#idles++;
    this.#idleSinceMs = this.#clock.monotonic();
    this.#changed.idle();
  }

  /** The connection is closed, or could not be opened. Idempotent. */
  leave(): void {
    this.#changed.left();
  }

  /** Sends no more requests on the connection. It closes after the last response. */
  drain(): void {
    this.#drainingSinceMs = this.#clock.monotonic();
    this.#connection?.retire();
  }

  close(max: number): void {
    const address = this.#connection?.address ?? "";
    const why = `the connection was closed to make room for another: maxConnections is ${max}`;
    this.#connection?.close(new KafkaError("connection", why, { retriable: true, address }));
  }

  state(): PlaceState {
    const requests = this.#connection?.unanswered ?? [];
    return {
      openedMs: this.#openedMs,
      idleSinceMs: requests.length === 0 ? this.#idleSinceMs : undefined,
      wasUsed: this.#idles > 1,
      drainingSinceMs: this.#drainingSinceMs,
      onlyFetches: requests.length > 0 && requests.every((name) => name === "Fetch"),
      isPinned: this.#connection?.mayRetire === false || requests.some((name) => LONG_REQUESTS.includes(name)),
    };
  }
}
