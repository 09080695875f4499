import { KafkaError } from "../../../errors/kafka-error.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import { isPoison } from "../../partitions/poison.ts";
import type { Handout } from "../../partitions/reading.ts";
import type { Loop } from "../loop.ts";
import type { Lane } from "./lane.ts";
import { whenSettled } from "../../../runtime/when-settled.ts";

/** Handles records and batches of a run that cannot be read. A lane is blocked while the policy handles one of it. */
export class PoisonWork<K, V, T> {
  readonly #loop: Loop<K, V>;
  readonly #onFailed: (error: unknown) => void;
  readonly #onEnded: () => void;
  #size = 0;

  /** `onFailed` gets an error that ends the run. `onEnded` is called when a lane is no longer blocked. */
  constructor(loop: Loop<K, V>, onFailed: (error: unknown) => void, onEnded: () => void) {
    this.#loop = loop;
    this.#onFailed = onFailed;
    this.#onEnded = onEnded;
  }

  /** The number of blocked lanes. */
  get size(): number {
    return this.#size;
  }

  /**
   * The next item that a lane may start. An item that cannot be read goes to the policy first. Throws the error if
   * there is no policy for it.
   */
  next(lane: Lane<K, V, T>): T | undefined {
    try {
      return lane.next();
    } catch (thrown) {
      const error = KafkaError.from(thrown);
      if (lane.isFetchedAgain(this.#loop.handOut, error)) return undefined;
      const policy = this.#loop.handOut.poison;
      const poison = policy === undefined || !isPoison(error) ? undefined : lane.poison(error);
      if (policy === undefined || poison === undefined) throw error;
      const { generation } = lane;
      this.#block(lane, async () => {
        await policy.pass(poison);
        if (lane.generation !== generation || lane.cursor.generation !== generation) return;
        lane.passed(poison);
      });
      return undefined;
    }
  }

  /**
   * Gives a batch to its lane. With a policy it reads all records of the batch first, because a callback iterates over
   * them synchronously.
   */
  give(
    lane: Lane<K, V, T>,
    { cursor, batch, generation }: Handout<K, V>,
    decode: ((record: KafkaRecord<K, V>) => void) | undefined,
  ): void {
    const { poison } = this.#loop.handOut;
    if (poison === undefined) {
      lane.give(batch, generation);
      return;
    }
    cursor.claim(lane);
    this.#block(lane, async () => {
      try {
        const passed = await poison.sift(cursor, batch, decode);
        if (cursor.generation !== generation) return;
        if (passed !== undefined) lane.give(batch, generation, passed);
      } catch (error) {
        if (cursor.generation !== generation) return;
        this.#loop.putBack(cursor, batch);
        throw error;
      }
    });
  }

  /** Nothing starts in this lane until `work` has settled. */
  #block(lane: Lane<K, V, T>, work: () => Promise<void>): void {
    lane.isBlocked = true;
    this.#size++;
    const caught = work().catch((error: unknown) => this.#onFailed(error));
    void whenSettled(caught, () => {
      // The lane is unblocked before its cursor is released, and in the same step. In the other order a new batch of
      // the partition could block the lane in between, and this line would unblock it.
      lane.isBlocked = false;
      this.#size--;
      const { cursor } = lane;
      if (!lane.hasWork) cursor.release(lane);
      this.#loop.handOut.changed(cursor);
      this.#loop.handOut.asked(); // a member that left its group meanwhile joins again
      this.#onEnded();
    });
  }
}
