import type { Wait } from "../../cluster/waits.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import { Due } from "./due.ts";
import type { MemberHost, RequestFailure } from "./member.ts";

/** Actions of a member that are the same for both protocols. */
export type CommonAction =
  | { readonly do: "forget-coordinator"; readonly error: KafkaError }
  | { readonly do: "fail"; readonly error: KafkaError };

/** The parts of a member that do not depend on its protocol: its alarm, its session, and the log of failed requests. */
export class MemberUpkeep {
  readonly #host: MemberHost;
  readonly #alarm: Due;
  /** Set after a request has failed: the wait that logs when failures go on. */
  #wait: Wait | undefined;
  #failure: RequestFailure | undefined;

  constructor(host: MemberHost, onTick: () => void) {
    this.#host = host;
    this.#alarm = new Due(onTick);
  }

  /** Set while requests fail. */
  get failure(): RequestFailure | undefined {
    return this.#failure;
  }

  /** A request failed and will be repeated. The errors of a normal rebalance do not count. */
  failed(error: KafkaError): void {
    if (error.code === ErrorCode.REBALANCE_IN_PROGRESS || error.code === ErrorCode.MEMBER_ID_REQUIRED) return;
    this.#wait ??= this.#host.client.waits.begin(`group ${this.#host.group.groupId}`, { isLoop: true });
    this.#wait.tried(error);
    this.#failure = { sinceMs: this.#failure?.sinceMs ?? this.#host.client.clock.monotonic(), error };
  }

  /** A request succeeded. */
  succeeded(): void {
    this.#failure = undefined;
    this.#wait?.end();
  }

  /**
   * A transition has ended: sets the alarm to `wakeMs` (infinity for none). `seenAtMs` is when the last successful
   * heartbeat was sent, undefined for a state without a session.
   */
  entered(wakeMs: number, seenAtMs: number | undefined): void {
    const { client, group } = this.#host;
    this.#host.trust(seenAtMs === undefined ? Number.POSITIVE_INFINITY : seenAtMs + group.sessionTimeoutMs);
    if (wakeMs < Number.POSITIVE_INFINITY) client.deadlines.add(this.#alarm, wakeMs);
    else client.deadlines.remove(this.#alarm);
  }

  do(action: CommonAction): void {
    const { client, coordinators, group } = this.#host;
    if (action.do === "fail") this.#host.fail(action.error);
    else {
      coordinators.failed("group", group.groupId, action.error);
      client.cluster.log("debug", `group ${group.groupId}: ${action.error.message}`);
    }
  }

  /** The consumer was closed. */
  close(): void {
    this.#host.client.deadlines.remove(this.#alarm);
    this.#wait?.end();
  }
}
