import { KafkaError } from "../errors/kafka-error.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import type { Authenticator, SessionHost, Sessions } from "./authenticator.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import {
  type Admission,
  admission,
  CONNECTING,
  type ConnectionEvent,
  type ConnectionState,
  isOpening,
  isUsable,
  transition,
} from "./connection-state.ts";
import { Deadline } from "./deadlines.ts";
import type { InFlight } from "./in-flight.ts";

/** The parts of a connection that its login uses. They send at once, whatever the state. */
export interface LoginHost extends Omit<SessionHost, "state" | "to" | "release" | "drain"> {
  readonly options: ConnectionOptions;
  /** Sends a request that has waited. */
  send(entry: InFlight): void;
  /** When a request that is sent now leaves: later than now while the broker throttles. Monotonic ms. */
  leavesMs(): number;
  /** The number of requests that wait has changed. */
  queued(): void;
  /** Closes the connection when nothing is in flight. */
  drained(): void;
}

/**
 * The state of a connection, and the requests that wait for an authentication. The session is renewed when a request
 * arrives after its time for that has come, so an idle connection does nothing.
 */
export class ConnectionLogin {
  readonly #host: LoginHost;
  readonly #waiting: InFlight[] = [];
  /** When the session may be renewed, while requests wait for that. */
  readonly #renewal: Deadline = new Deadline(() => this.#release());
  #state: ConnectionState = CONNECTING;
  #sessions: Sessions | undefined;

  constructor(host: LoginHost) {
    this.#host = host;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Whether the connection takes requests. */
  get isUsable(): boolean {
    return isUsable(this.#state);
  }

  /** Whether it may stop to take requests: it does not renew its session now. */
  get mayYield(): boolean {
    return this.#state.name === "ready" && !this.#state.isPreparing;
  }

  /** Whether the broker has not been authenticated yet. */
  get isOpening(): boolean {
    return isOpening(this.#state);
  }

  /** The requests that wait for a renewed session, in order. */
  get waiting(): readonly InFlight[] {
    return this.#waiting;
  }

  /** Reports an event. An illegal one is a fault of this library, and changes nothing. */
  to(event: ConnectionEvent): void {
    const { clock, fault, observed } = this.#host.options;
    const nowMs = clock.monotonic();
    const next = transition(this.#state, event, nowMs);
    if (next !== undefined) this.#state = next;
    else fault?.(`${event.name} in the state ${this.#state.name} of the connection to ${this.#host.address}`);
    if (event.name === "authenticated")
      observed?.client.hooks?.connectionAuthenticated?.(observed, event.session.endsAtMs - nowMs);
  }

  /** The first authentication. Rejects with the reason if there is none. */
  async first(authenticator: Authenticator | undefined, signal: AbortSignalLike): Promise<void> {
    this.#sessions = authenticator?.sessions({
      ...this.#host,
      state: () => this.#state,
      to: (event) => this.to(event),
      release: () => this.#release(),
      drain: (error) => {
        this.#failWaiting(error);
        this.#host.drained();
      },
    });
    await this.#sessions?.first(signal);
  }

  /** How to treat a request now. Starts to renew the session if its time has come. */
  admission(): Admission {
    const found = this.#admission();
    if (found !== "renew") return found;
    this.to({ name: "preparing" });
    this.#host.options.tasks.spawn((signal) => this.#sessions?.renew(signal));
    return this.#admission();
  }

  #admission(): Admission {
    return admission(this.#state, this.#host.options.clock.monotonic(), this.#host.leavesMs());
  }

  /** Keeps a request until the session is renewed. Its time runs from now on, or from the end of a throttle. */
  hold(entry: InFlight): void {
    this.#waiting.push(entry);
    this.#host.options.deadlines.add(entry, this.#host.leavesMs() + entry.timeoutMs);
    this.#awaitRenewal();
  }

  /**
   * Requests that a throttle has delayed are about to leave. If the session has ended meanwhile, because another
   * response made the throttle longer, they wait for the next one; `take` returns them.
   */
  throttled(take: () => readonly InFlight[]): void {
    const { clock } = this.#host.options;
    if (!this.isUsable || !("session" in this.#state) || clock.monotonic() < this.#state.session.endsAtMs) return;
    this.#waiting.unshift(...take());
    this.#release();
  }

  /** Rejects a request that has waited too long. Returns whether it was one that waits. */
  expire(entry: InFlight): boolean {
    const at = this.#waiting.indexOf(entry);
    if (at < 0) return false;
    this.#waiting.splice(at, 1);
    entry.fail(
      new KafkaError(
        "timeout",
        `not sent within ${entry.timeoutMs} ms: the connection had to authenticate again first, and that took longer`,
        { retriable: true },
      ),
      this.#host.address,
    );
    return true;
  }

  /** The connection closes: requests that wait fail with `error`. */
  closed(error: KafkaError): void {
    this.to({ name: "closed" });
    this.#host.options.deadlines.remove(this.#renewal);
    this.#sessions?.closed(error);
    this.#failWaiting(error);
  }

  #failWaiting(error: KafkaError): void {
    for (const entry of this.#waiting.splice(0)) {
      this.#host.options.deadlines.remove(entry);
      entry.fail(error, this.#host.address);
    }
  }

  /** Sends the requests that have waited, in their order, as far as the state allows it. */
  #release(): void {
    while (this.#waiting.length > 0 && this.admission() === "send") {
      const entry = this.#waiting.shift();
      if (entry !== undefined) this.#host.send(entry);
      if (this.#waiting.length === 0) this.#host.queued();
    }
    this.#awaitRenewal();
  }

  /** A session that has ended may be too young to be renewed: requests then wait until it may. */
  #awaitRenewal(): void {
    if (this.#waiting.length === 0 || this.#state.name !== "ready" || this.#state.isPreparing) return;
    this.#host.options.deadlines.add(this.#renewal, this.#state.session.renewAtMs);
  }
}
