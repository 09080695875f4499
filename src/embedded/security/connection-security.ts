import * as ErrorCode from "../../errors/error-code.ts";
import type { Clock } from "../../runtime/async-runtime.ts";
import type { Access } from "./access.ts";
import type { AuthenticationOccasion, AuthenticationPhase } from "./authentication-event.ts";
import type { ClusterSecurity } from "./cluster-security.ts";
import { type AuthAction, type AuthEvent, type AuthState, isOver, transition } from "./connection-auth.ts";
import type { EmbeddedSaslMechanism } from "./sasl-name.ts";
import { NOTHING, type ServerExchange, type ServerStep } from "./server-exchange.ts";

/** The cluster and the client of a connection. */
export interface ConnectionSecurityHost {
  readonly security: ClusterSecurity;
  readonly clock: Clock;
  /** The client's IP address. */
  readonly clientAddress: string;
  /** The name in the client's certificate, which is its principal if the listener has no SASL. */
  readonly certificateName?: string | undefined;
  readonly observe: ((event: AuthenticationOccasion) => void) | undefined;
}

/** The answer to a token. */
export interface TokenAnswer {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly authBytes: Uint8Array;
  readonly sessionLifetimeMs: number;
}

/** The principal of clients that did not authenticate. */
const ANONYMOUS = "User:ANONYMOUS";

/** The client of one connection: its principal and its rights. The decisions are those of `connection-auth`. */
export class ConnectionSecurity {
  readonly #host: ConnectionSecurityHost;
  #state: AuthState;
  #exchange: ServerExchange | undefined;
  #principal: string;
  #access: Access | undefined;

  constructor(host: ConnectionSecurityHost) {
    this.#host = host;
    this.#state = host.security.sasl === undefined ? { kind: "open" } : { kind: "new" };
    const { certificateName: name } = host;
    this.#principal = name === undefined || this.#state.kind === "new" ? ANONYMOUS : `User:${name}`;
    this.#access = host.security.accessOf(this.#principal, host.clientAddress);
  }

  /** For example `User:alice`. */
  get principal(): string {
    return this.#principal;
  }

  /** The rights of the client; undefined without an authorizer: it may do everything. */
  get access(): Access | undefined {
    return this.#access;
  }

  /** Whether the client has logged in by a delegation token. */
  get isDelegated(): boolean {
    return this.#state.kind === "authenticated" && this.#state.session.isDelegated;
  }

  /** Whether the client has proved who it is. */
  get isAuthenticated(): boolean {
    return this.#principal !== ANONYMOUS;
  }

  /** Whether its requests may be larger than a token. */
  get mayBeLarge(): boolean {
    return this.#state.kind === "open" || this.#state.kind === "authenticated";
  }

  /** Whether the connection is to be closed when the answer has been written. */
  get isOver(): boolean {
    return this.#state.kind === "closed";
  }

  /** Whether the next frame is a token without a request around it. */
  get expectsBareToken(): boolean {
    return this.#state.kind === "exchanging" && this.#state.isBare;
  }

  /** How long a refusal waits before it is sent. */
  get failureDelayMs(): number {
    return this.#host.security.sasl?.failureDelayMs ?? 0;
  }

  /** Whether a request is served; `refuse` answers it with ILLEGAL_SASL_STATE, and closes the connection. */
  arrived(apiKey: number): "serve" | "refuse" | "close" {
    if (this.#state.kind === "open") return "serve";
    const phase = this.#phase;
    const { kind } = this.#apply({ kind: "arrived", apiKey });
    const decision = kind === "refuse" || kind === "close" ? kind : "serve";
    const fate = ({ serve: "served", refuse: "refused", close: "closed" } as const)[decision];
    this.#host.observe?.({ kind: "request", apiKey, phase, fate });
    return decision;
  }

  /** ApiVersions was answered without an error: the next request must be the handshake. */
  versionsSent(): void {
    this.#apply({ kind: "versions" });
  }

  /** The answer to SaslHandshake. */
  handshake(
    version: number,
    mechanism: string,
  ): { readonly errorCode: number; readonly mechanisms: readonly string[] } {
    const action = this.#apply({ kind: "handshake", version, mechanism });
    if (this.#state.kind === "exchanging")
      this.#exchange = this.#host.security.exchange(mechanism as EmbeddedSaslMechanism);
    return action.kind === "handshake" ? action : { errorCode: ErrorCode.ILLEGAL_SASL_STATE, mechanisms: [] };
  }

  /** The answer to SaslAuthenticate; undefined if the connection is not in an exchange. */
  async token(message: Uint8Array): Promise<TokenAnswer | undefined> {
    const exchange = this.#exchange;
    if (this.#state.kind !== "exchanging" || exchange === undefined) return undefined;
    const step = await exchange.next(message, this.#host.clock.now());
    const { session } = this.#state;
    const action = this.#settle(step);
    switch (action?.kind) {
      case undefined:
        return step.kind === "challenge" ? accepted(step.bytes, 0) : undefined;
      case "accept":
        this.#report(action.lifetimeMs, session !== undefined);
        return accepted(step.kind === "accepted" ? step.bytes : NOTHING, action.lifetimeMs);
      case "reject":
        this.#host.observe?.({ kind: "refused", text: action.text });
        return {
          errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED,
          errorMessage: action.text,
          authBytes: NOTHING,
          sessionLifetimeMs: 0,
        };
      default:
        return undefined;
    }
  }

  /** The answer to a token without a request around it; undefined closes the connection, which is how it is refused. */
  async bareToken(message: Uint8Array): Promise<Uint8Array | undefined> {
    this.#host.observe?.({ kind: "request", apiKey: undefined, phase: this.#phase, fate: "served" });
    const answer = await this.token(message);
    return answer?.errorCode === ErrorCode.NONE ? answer.authBytes : undefined;
  }

  /** The transition after a step of the exchange; undefined if the exchange goes on. */
  #settle(step: ServerStep): AuthAction | undefined {
    const { security, clock, clientAddress } = this.#host;
    switch (step.kind) {
      case "challenge":
        return undefined;
      case "refused":
        return this.#apply({ kind: "refused", text: step.text });
      case "accepted": {
        const principal = `User:${step.user}`;
        const leftMs = step.endMs === undefined ? undefined : step.endMs - clock.now();
        const action = this.#apply({ kind: "accepted", principal, leftMs, isDelegated: step.isDelegated === true });
        if (action.kind !== "accept") return action;
        this.#exchange = undefined;
        this.#principal = principal;
        this.#access = security.accessOf(principal, clientAddress);
        return action;
      }
    }
  }

  #report(lifetimeMs: number, isRenewal: boolean): void {
    this.#host.observe?.({ kind: "authenticated", principal: this.#principal, isRenewal, lifetimeMs });
  }

  #apply(event: AuthEvent): AuthAction {
    const { security, clock } = this.#host;
    const rules = security.sasl ?? { mechanisms: [], sessionLifetimeMs: 0 };
    const { state, action } = transition(this.#state, event, rules, clock.monotonic());
    this.#state = state;
    return action;
  }

  get #phase(): AuthenticationPhase {
    const state = this.#state;
    switch (state.kind) {
      case "open":
      case "authenticated":
        return state.kind === "authenticated" && isOver(state.session, this.#host.clock.monotonic())
          ? "expired"
          : "authenticated";
      case "new":
      case "versions-sent":
        return "unauthenticated";
      case "exchanging":
        return state.session === undefined ? "exchanging" : "re-exchanging";
      case "other-mechanism":
        return "re-exchanging";
      case "closed":
        return "over";
    }
  }
}

function accepted(authBytes: Uint8Array, sessionLifetimeMs: number): TokenAnswer {
  return { errorCode: ErrorCode.NONE, errorMessage: null, authBytes, sessionLifetimeMs };
}
