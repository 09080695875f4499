import { isBytes } from "../../wire/is-bytes.ts";
import type { PreparedRecord } from "./record-preparer.ts";

type Part = Uint8Array | string | null;

/**
 * After this many refused records that were offered again, the program is considered correct, and no further record is
 * copied.
 */
const SURE_AFTER = 16;

/** A record that `enqueue` refused, as far as it is remembered. */
interface RefusedRecord {
  /** The caller's object. */
  readonly given: object;
  readonly topic: string;
  readonly key: Part;
  readonly value: Part;
  /**
   * The next record was another object with the same content. It was the refused record built again, unless the record
   * after it has the same content too.
   */
  isPerhapsOffered: boolean;
}

/**
 * Notices a program that ignores `false` from `enqueue`, and so loses the refused record. It warns once, when the
 * record after a refusal is a different one. A record counts as offered again if it is the same object, or has the same
 * topic, key and value, since people build the record again in a `while` loop. If every record has the same content as
 * the one before, the content shows nothing; then a record that is built again counts as a different one.
 *
 * If another task calls `enqueue` while one waits in `ready()`, it is unknown which record belongs to which task; the
 * watch then stops.
 */
export class RefusalWatch {
  /** Whether the next record must be looked at. This check is all that an accepted record costs. */
  isWatching = false;
  readonly #warn: (topic: string) => void;
  #refused: RefusedRecord | undefined;
  #waiting = 0;
  #offeredAgain = 0;
  #isOver = false;

  constructor(warn: (topic: string) => void) {
    this.#warn = warn;
  }

  /** `enqueue` had no room for this record. */
  refused(given: object, { topic, key, value }: PreparedRecord): void {
    if (this.#isOver || this.#refused?.given === given) return;
    this.#refused = { given, topic, key: copyOf(key), value: copyOf(value), isPerhapsOffered: false };
    this.isWatching = true;
  }

  /** Looks at the record after a refused one. */
  offered(given: object, prepared: PreparedRecord): void {
    const refused = this.#refused;
    if (refused === undefined) return;
    if (this.#waiting > 0) {
      this.#stop();
      return;
    }
    const isAlike =
      refused.topic === prepared.topic && equal(refused.key, prepared.key) && equal(refused.value, prepared.value);
    if (refused.given !== given && isAlike && !refused.isPerhapsOffered) {
      refused.isPerhapsOffered = true;
      return;
    }
    this.#refused = undefined;
    this.isWatching = false;
    // The previous record was perhaps the refused one. If this one has other content, it was; the same content shows
    // nothing.
    const wasOffered = refused.given === given || (refused.isPerhapsOffered && !isAlike);
    if (wasOffered && ++this.#offeredAgain >= SURE_AFTER) this.#stop();
    if (wasOffered || isAlike !== refused.isPerhapsOffered) return;
    this.#stop();
    this.#warn(refused.topic);
  }

  /** A call of `ready()` waits. */
  waits(): void {
    this.#waiting++;
  }

  /** The call has ended. */
  waited(): void {
    this.#waiting--;
  }

  #stop(): void {
    this.#isOver = true;
    this.#refused = undefined;
    this.isWatching = false;
  }
}

/** A copy, since the caller may reuse its buffer. */
function copyOf(part: Part): Part {
  return isBytes(part) ? part.slice() : part;
}

function equal(a: Part, b: Part): boolean {
  if (!isBytes(a) || !isBytes(b)) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
