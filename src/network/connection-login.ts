import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { VersionRange } from "../protocol/api-versions.ts";
import type { Api, Input } from "../protocol/schema.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import { raced } from "../runtime/raced.ts";
import type { Authenticator, LoginChannel, PreparedLogin } from "./authenticator.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import {
  type Admission,
  admission,
  CONNECTING,
  type ConnectionEvent,
  type ConnectionState,
  isUsable,
  RENEWAL_PAUSE_MS,
  sessionOf,
  transition,
} from "./connection-state.ts";
import { Deadline } from "./deadlines.ts";
import type { InFlight } from "./in-flight.ts";

/** The parts of a connection that its login uses. They send at once, whatever the state. */
export interface LoginHost {
  readonly address: string;
  readonly options: ConnectionOptions;
  brokerVersions(): ReadonlyMap<number, VersionRange>;
  exchange<Req, Res>(api: Api<Req, Res>, message: Input<Req>, version: number, timeoutMs: number): Promise<Res>;
  exchangeToken(token: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /** Sends a request that has waited. */
  send(entry: InFlight): void;
  /** When the last of the requests in flight times out: monotonic ms. */
  lastDeadlineMs(): number;
  close(error: KafkaError): void;
  /** Closes the connection when nothing is in flight. */
  drain(): void;
}

/**
 * The state of a connection, its authentications, and the requests that wait for one. The session is renewed when a
 * request arrives after its time for that has come, so an idle connection does nothing.
 */
export class ConnectionLogin {
  readonly #host: LoginHost;
  readonly #waiting: InFlight[] = [];
  /** When the session may be renewed, while requests wait for that. */
  readonly #renewal: Deadline = new Deadline(() => this.#release());
  #state: ConnectionState = CONNECTING;
  #authenticator: Authenticator | undefined;
  #principal: string | undefined;
  /** Fires when the connection closes during a renewal. */
  #renewing: Cancellation | undefined;
  #hasWarned = false;

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

  /** The requests that wait for a renewed session, in order. */
  get waiting(): readonly InFlight[] {
    return this.#waiting;
  }

  /** Reports an event. An illegal one is a fault of this library, and changes nothing. */
  to(event: ConnectionEvent): void {
    const { clock, fault } = this.#host.options;
    const next = transition(this.#state, event, clock.monotonic());
    if (next !== undefined) this.#state = next;
    else fault?.(`${event.name} in the state ${this.#state.name} of the connection to ${this.#host.address}`);
  }

  /** How to treat a request now. Starts to renew the session if its time has come. */
  admission(nowMs: number): Admission {
    const found = admission(this.#state, nowMs);
    if (found !== "renew") return found;
    this.to({ name: "preparing" });
    this.#host.options.tasks.spawn((signal) => this.#renew(signal));
    return admission(this.#state, nowMs);
  }

  /** Keeps a request until the session is renewed. Its time runs from now on. */
  hold(entry: InFlight, nowMs: number): void {
    this.#waiting.push(entry);
    this.#host.options.deadlines.add(entry, nowMs + entry.timeoutMs);
    this.#awaitRenewal();
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

  /** The first authentication. Rejects with the reason if there is none. */
  async first(signal: AbortSignalLike): Promise<void> {
    const { options } = this.#host;
    const { login, setupTimeoutMs } = options;
    if (login === undefined) return;
    this.#authenticator = await raced(options, login(), signal);
    const prepared = await this.#authenticator.prepare(options, options, signal);
    this.#authenticated(prepared, await this.#perform(prepared, setupTimeoutMs, signal));
  }

  /** The connection closes: requests that wait fail with `error`. */
  closed(error: KafkaError): void {
    const { address, options } = this.#host;
    this.to({ name: "closed" });
    options.deadlines.remove(this.#renewal);
    this.#renewing?.cancel(error);
    for (const entry of this.#waiting.splice(0)) {
      options.deadlines.remove(entry);
      entry.fail(error, address);
    }
  }

  async #renew(signal: Cancellation): Promise<void> {
    const { address, options } = this.#host;
    const { clock, deadlines, setupTimeoutMs } = options;
    const ended = new Cancellation();
    const unfollow = ended.follow(signal);
    const limit = new Deadline(() => ended.cancel(tooSlow(address)));
    this.#renewing = ended;
    deadlines.add(limit, clock.monotonic() + setupTimeoutMs);
    try {
      const prepared = await this.#authenticator?.prepare(options, options, ended).catch((error: unknown) => {
        this.#unprepared(KafkaError.from(error, "authentication"));
      });
      if (prepared === undefined || this.#state.name !== "ready") return;
      if (isOther(this.#principal, prepared.principal)) return this.#retire(prepared.principal);
      this.to({ name: "renewing" });
      // The requests in flight are answered first, so their times come before that of the authentication.
      const waitMs = Math.max(0, this.#host.lastDeadlineMs() - clock.monotonic()) + options.requestTimeoutMs;
      deadlines.add(limit, clock.monotonic() + waitMs + setupTimeoutMs);
      this.#authenticated(prepared, await this.#perform(prepared, waitMs, ended));
    } catch (error) {
      this.#refused(KafkaError.from(error, "authentication"));
    } finally {
      deadlines.remove(limit);
      unfollow();
      this.#renewing = undefined;
    }
    this.#release();
  }

  #perform(prepared: PreparedLogin, timeoutMs: number, signal: AbortSignalLike): ReturnType<PreparedLogin["perform"]> {
    const host = this.#host;
    const channel: LoginChannel = {
      brokerVersions: host.brokerVersions(),
      nowMs: () => host.options.clock.monotonic(),
      exchange: (api, message, version) => host.exchange(api, message, version, timeoutMs),
      exchangeToken: (token) => host.exchangeToken(token, timeoutMs),
    };
    return prepared.perform(channel, signal);
  }

  #authenticated(prepared: PreparedLogin, answer: Awaited<ReturnType<PreparedLogin["perform"]>>): void {
    const { clock, random = () => 0 } = this.#host.options;
    if (this.#state.name === "closed") return;
    this.#principal = prepared.principal;
    this.#hasWarned = false;
    this.to({ name: "authenticated", session: sessionOf(answer, clock.monotonic(), random()) });
  }

  /** There are no credentials now. The session may go on until it ends. */
  #unprepared(failure: KafkaError): void {
    const { address, options } = this.#host;
    if (this.#state.name !== "ready") return;
    const leftMs = this.#state.session.endsAtMs - options.clock.monotonic();
    if (leftMs <= 0) {
      this.#host.close(
        replaced(`its session has ended, and it cannot authenticate again: ${failure.message}`, failure),
      );
      return;
    }
    options.log?.(
      this.#hasWarned ? "debug" : "warn",
      `the connection to ${address} cannot authenticate again: ${failure.message}. It tries again; its session ends ` +
        `in ${Math.ceil(leftMs / 1000)} s`,
    );
    this.#hasWarned = true;
    this.#postpone();
    this.#release();
  }

  /** The broker did not accept another authentication. */
  #refused(failure: KafkaError): void {
    const { address, options } = this.#host;
    if (this.#state.name !== "re-authenticating") return; // the connection has closed
    // The broker still considers the session as new. It keeps the connection open.
    if (failure.code === ErrorCode.ILLEGAL_SASL_STATE) {
      this.#postpone();
      return;
    }
    // The user of a connection cannot change, and only the broker may know that it has: a role of MSK, for example.
    options.log?.(
      "warn",
      `the connection to ${address} could not authenticate again: ${failure.message}. It is tried once on a new ` +
        "connection",
    );
    this.#host.close(replaced(`it could not authenticate again: ${failure.message}`, failure));
  }

  /** The credentials are those of another user now, which needs another connection. */
  #retire(principal: string | undefined): void {
    const { address, options } = this.#host;
    const change = `the user of the option sasl was ${this.#principal ?? ""} and is ${principal ?? ""} now`;
    options.log?.("info", `a new connection replaces that to ${address}: ${change}`);
    this.to({ name: "retired" });
    for (const entry of this.#waiting.splice(0)) {
      options.deadlines.remove(entry);
      entry.fail(replaced(change), address);
    }
    this.#host.drain();
  }

  #postpone(): void {
    this.to({ name: "postponed", untilMs: this.#host.options.clock.monotonic() + RENEWAL_PAUSE_MS });
  }

  /** Sends the requests that have waited, in their order, as far as the state allows it. */
  #release(): void {
    const nowMs = this.#host.options.clock.monotonic();
    while (this.#waiting.length > 0 && this.admission(nowMs) === "send") {
      const entry = this.#waiting.shift();
      if (entry !== undefined) this.#host.send(entry);
    }
    this.#awaitRenewal();
  }

  /** A session that has ended may be too young to be renewed: requests then wait until it may. */
  #awaitRenewal(): void {
    if (this.#waiting.length === 0 || this.#state.name !== "ready" || this.#state.isPreparing) return;
    this.#host.options.deadlines.add(this.#renewal, this.#state.session.renewAtMs);
  }
}

function isOther(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}

function tooSlow(address: string): KafkaError {
  return new KafkaError("timeout", `authenticating again at ${address} took too long`, { retriable: true, address });
}

/** The error of requests that go to another connection. */
function replaced(why: string, cause?: KafkaError): KafkaError {
  return new KafkaError("connection", `the connection is replaced: ${why}`, {
    retriable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}
