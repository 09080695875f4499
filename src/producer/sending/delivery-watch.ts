import { counted } from "../../errors/counted.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { Clock } from "../../runtime/async-runtime.ts";
import { DeadlineEntry, type DeadlineWheel } from "../../runtime/deadline-wheel.ts";
import { FIRST_LINE_MS, WaitWatch } from "../../runtime/wait-watch.ts";
import type { ProducerBatch } from "../partition/batch.ts";

/** The parts of a producer that a {@link DeliveryWatch} uses. */
export interface DeliveryWatchHost {
  readonly clock: Clock;
  readonly deadlines: DeadlineWheel;
  /** How long batches wait for more records, in ms. */
  readonly lingerMs: number;
  /**
   * Since when the batch could have been sent, ignoring linger: its topic's metadata may have come long after its first
   * record.
   */
  placedMs(batch: ProducerBatch): number;
  /** The batches that are neither written nor failed, oldest first. */
  readonly unsettled: Iterable<ProducerBatch>;
  /** Why a batch is not written yet; undefined if unknown, `"expected"` if that is normal. */
  whyWaiting(batch: ProducerBatch): KafkaError | "expected" | undefined;
  /** Descriptions of the requests and connections that are being waited for. */
  pending(): readonly string[];
  /** Logs a line, unless the same reason was logged just before. */
  say(line: string, reason: string): void;
}

/** The batches of one topic that are not written yet. */
interface Waiting {
  readonly oldest: ProducerBatch;
  records: number;
}

/**
 * Logs a warning when records of a topic stay unwritten for long. It costs nothing for each record: every two seconds
 * it looks at the oldest batches, while there are any.
 */
export class DeliveryWatch extends DeadlineEntry {
  readonly #host: DeliveryWatchHost;
  readonly #watches = new Map<string, WaitWatch>();

  constructor(host: DeliveryWatchHost) {
    super();
    this.#host = host;
  }

  /** A batch was begun. */
  begun(): void {
    const { clock, deadlines, lingerMs } = this.#host;
    if (!this.isWaiting) deadlines.add(this, clock.monotonic() + lingerMs + FIRST_LINE_MS);
  }

  override onDeadline(): void {
    const { clock, deadlines, lingerMs } = this.#host;
    const nowMs = clock.monotonic();
    const topics = this.#byTopic();
    for (const topic of this.#watches.keys()) if (!topics.has(topic)) this.#watches.delete(topic);
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [topic, waiting] of topics) {
      const readyMs = this.#host.placedMs(waiting.oldest) + lingerMs;
      if (nowMs < readyMs + FIRST_LINE_MS) {
        this.#watches.delete(topic);
        nextMs = Math.min(nextMs, readyMs + FIRST_LINE_MS);
        continue;
      }
      const watch = this.#watches.get(topic) ?? new WaitWatch(readyMs);
      this.#watches.set(topic, watch);
      if (watch.dueMs <= nowMs) this.#log(topic, waiting, watch, nowMs);
      nextMs = Math.min(nextMs, watch.dueMs);
    }
    if (nextMs < Number.POSITIVE_INFINITY) deadlines.add(this, nextMs);
  }

  #byTopic(): ReadonlyMap<string, Waiting> {
    const topics = new Map<string, Waiting>();
    for (const batch of this.#host.unsettled) {
      const waiting = topics.get(batch.topic);
      if (waiting === undefined) topics.set(batch.topic, { oldest: batch, records: batch.count });
      else waiting.records += batch.count;
    }
    return topics;
  }

  #log(topic: string, { oldest, records }: Waiting, watch: WaitWatch, nowMs: number): void {
    const why = this.#host.whyWaiting(oldest);
    const pending = this.#host.pending().join(", ");
    watch.observed(oldest.failures, why === "expected" ? undefined : why);
    const line = watch.line(nowMs, pending);
    if (why === "expected") return;
    this.#host.say(
      `cannot write ${counted(records, "record")} of topic ${topic}: ${line}`,
      why?.message ?? (pending === "" ? line : pending),
    );
  }
}
