import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import type { SessionHost, Sessions } from "./authenticator.ts";
import { RENEWAL_PAUSE_MS } from "./connection-state.ts";
import { Deadline } from "./deadlines.ts";
import { type Authenticated, sessionOf } from "./session.ts";

/** Begins the authentications of one connection. */
export interface Login {
  /**
   * Fetches the credentials of one authentication. Nothing is sent yet: nothing but SASL may be sent between
   * SaslHandshake and the last token, so every wait for a function of the user comes before.
   */
  prepare(signal: AbortSignalLike): Promise<PreparedLogin>;
}

/** One authentication whose credentials are known. */
export interface PreparedLogin {
  /** The user; undefined if only the broker knows it. A connection cannot change its user. */
  readonly principal: string | undefined;
  /** Sends SASL until the broker accepts or refuses. Called once. */
  perform(timeoutMs: number, signal: AbortSignalLike): Promise<Authenticated>;
}

/** The authentications of one connection by SASL (KIP-368). */
export class SaslSessions implements Sessions {
  readonly #login: Login;
  readonly #host: SessionHost;
  #principal: string | undefined;
  /** Fires when the connection closes during a renewal. */
  #renewing: Cancellation | undefined;
  #hasWarned = false;

  constructor(login: Login, host: SessionHost) {
    this.#login = login;
    this.#host = host;
  }

  async first(signal: AbortSignalLike): Promise<void> {
    const prepared = await this.#login.prepare(signal);
    this.#authenticated(prepared, await prepared.perform(this.#host.options.setupTimeoutMs, signal));
  }

  closed(error: KafkaError): void {
    this.#renewing?.cancel(error);
  }

  async renew(signal: Cancellation): Promise<void> {
    const { address, options } = this.#host;
    const { clock, deadlines, setupTimeoutMs } = options;
    const ended = new Cancellation();
    const unfollow = ended.follow(signal);
    const limit = new Deadline(() => ended.cancel(tooSlow(address)));
    this.#renewing = ended;
    deadlines.add(limit, clock.monotonic() + setupTimeoutMs);
    try {
      const prepared = await this.#login.prepare(ended).catch((error: unknown) => {
        this.#unprepared(KafkaError.from(error, "authentication"));
      });
      if (prepared === undefined || this.#host.state().name !== "ready") return;
      if (isOther(this.#principal, prepared.principal)) return this.#retire(prepared.principal);
      this.#host.to({ name: "renewing" });
      // The requests in flight are answered first, so their times come before that of the authentication.
      const waitMs = Math.max(0, this.#host.lastDeadlineMs() - clock.monotonic()) + options.requestTimeoutMs;
      deadlines.add(limit, clock.monotonic() + waitMs + setupTimeoutMs);
      this.#authenticated(prepared, await prepared.perform(waitMs, ended));
    } catch (error) {
      this.#refused(KafkaError.from(error, "authentication"));
    } finally {
      deadlines.remove(limit);
      unfollow();
      this.#renewing = undefined;
    }
    this.#host.release();
  }

  #authenticated(prepared: PreparedLogin, answer: Authenticated): void {
    const { clock, random = () => 0 } = this.#host.options;
    if (this.#host.state().name === "closed") return;
    this.#principal = prepared.principal;
    this.#hasWarned = false;
    this.#host.to({ name: "authenticated", session: sessionOf(answer, clock.monotonic(), random()) });
  }

  /** There are no credentials now. The session may go on until it ends. */
  #unprepared(failure: KafkaError): void {
    const { address, options } = this.#host;
    const state = this.#host.state();
    if (state.name !== "ready") return;
    const leftMs = state.session.endsAtMs - options.clock.monotonic();
    if (leftMs <= 0) {
      const why = `its session has ended, and it cannot authenticate again: ${failure.message}`;
      this.#host.close(replaced(why, failure));
      return;
    }
    options.log?.(
      this.#hasWarned ? "debug" : "warn",
      `the connection to ${address} cannot authenticate again: ${failure.message}. It tries again; its session ends ` +
        `in ${Math.ceil(leftMs / 1000)} s`,
    );
    this.#hasWarned = true;
    this.#postpone();
    this.#host.release();
  }

  /** The broker did not accept another authentication. */
  #refused(failure: KafkaError): void {
    const { address, options } = this.#host;
    if (this.#host.state().name !== "re-authenticating") return; // the connection has closed
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
    this.#host.to({ name: "retired" });
    this.#host.drain(replaced(change));
  }

  #postpone(): void {
    this.#host.to({ name: "postponed", untilMs: this.#host.options.clock.monotonic() + RENEWAL_PAUSE_MS });
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
