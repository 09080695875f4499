import { errorOf, milliseconds, oneOf, shape, signal } from "../errors/shape.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import { sleep } from "../runtime/sleep.ts";
import type { Fetcher } from "./fetching/fetcher.ts";
import type { GroupMembershipOperation } from "./group/member.ts";
import { WorkInHand } from "./reading/work-in-hand.ts";
import { LEAVE_MS, type Subscriber } from "./subscriber.ts";
import { whenSettled } from "../runtime/when-settled.ts";

const CLOSE_TIMEOUT_MS = 30_000;

/** How a consumer is closed. */
export interface ConsumerCloseOptions {
  /**
   * How long `close` waits for running callbacks of `run` and for the body of a loop, in ms. The rest of this time, and
   * at least one second, is for the commit and the `onRevoked` hook. The last second, or one second more, is for
   * leaving the group. Default 30000, as in Java: `CloseOptions.timeout`. 0 waits for no work: use it inside the body
   * of a loop.
   */
  readonly timeoutMs?: number;
  /** When it fires, `close` stops waiting for running work; it still commits and leaves the group. Default: none. */
  readonly signal?: AbortSignalLike;
  /**
   * Whether the consumer leaves its group (KIP-1092). `"leave"` always leaves. `"remain"` does not, so the partitions
   * stay assigned to this member until its session expires. Default: static members remain, other members leave.
   */
  readonly groupMembership?: GroupMembershipOperation;
}

const CLOSE_OPTIONS = shape({ timeoutMs: milliseconds, signal, groupMembership: oneOf("default", "leave", "remain") });

/** Closes a consumer: waits for running work, commits, leaves the group, and ends tasks and connections. */
export class Closing<K, V> {
  readonly #fetcher: Fetcher<K, V>;
  readonly #subscriber: Subscriber<K, V>;
  readonly #work: WorkInHand<K, V>;
  #closing: Promise<void> | undefined;

  constructor(fetcher: Fetcher<K, V>, subscriber: Subscriber<K, V>) {
    this.#fetcher = fetcher;
    this.#subscriber = subscriber;
    this.#work = new WorkInHand<K, V>(fetcher.handOut);
  }

  get hasBegun(): boolean {
    return this.#closing !== undefined;
  }

  /** Throws kind `closed` after {@link close}. */
  check(call: string): void {
    if (this.hasBegun) throw new KafkaError("closed", `cannot ${call}: this consumer was closed; create another`);
  }

  /** A second call returns the promise of the first; it may shorten the wait. */
  close(options: ConsumerCloseOptions): Promise<void> {
    const wrong = errorOf(CLOSE_OPTIONS, options, "close");
    if (wrong !== undefined) return Promise.reject(wrong);
    const { client } = this.#fetcher;
    const { cluster, clock } = client;
    const { timeoutMs } = options;
    this.#work.excuse(cluster.callContext.get());
    if (this.#closing === undefined || timeoutMs !== undefined)
      this.#work.until(clock.monotonic() + (timeoutMs ?? CLOSE_TIMEOUT_MS));
    const giveUp = new Cancellation();
    giveUp.addEventListener("abort", () => this.#work.until(clock.monotonic()));
    const unfollow = giveUp.follow(client.shared(options.signal));
    this.#closing ??= this.#close(options);
    return whenSettled(this.#closing, unfollow);
  }

  async #close({
    timeoutMs = CLOSE_TIMEOUT_MS,
    groupMembership = "default",
    signal: closeSignal,
  }: ConsumerCloseOptions): Promise<void> {
    const { client } = this.#fetcher;
    const { clock } = client;
    const deadlineMs = clock.monotonic() + timeoutMs;
    this.#subscriber.stop();
    this.#fetcher.handOut.stop();
    await this.#work.wait();
    const commitMs = Math.max(LEAVE_MS, closeSignal?.aborted === true ? 0 : deadlineMs - LEAVE_MS - clock.monotonic());
    if (this.#subscriber.membership !== undefined) await this.#leaveGroup(groupMembership, commitMs);
    const closed = client.close();
    this.#fetcher.close();
    await closed;
    this.#fetcher.handOut.interceptors?.closed();
  }

  /** Ends after `commitMs` and the time to leave, even if a hook never ends. */
  async #leaveGroup(operation: GroupMembershipOperation, commitMs: number): Promise<void> {
    const { client } = this.#fetcher;
    const leaveMs = commitMs + LEAVE_MS;
    const nowMs = client.clock.monotonic();
    const expired = new Cancellation();
    const left = this.#subscriber
      .leave(operation, nowMs + commitMs, nowMs + leaveMs)
      .catch((error: unknown) =>
        client.cluster.log("error", `cannot leave the group: ${KafkaError.from(error).message}`),
      );
    await Promise.race([left, sleep(client, leaveMs, expired).catch(() => undefined)]);
    expired.cancel(new KafkaError("closed", "the consumer has left its group"));
  }
}
