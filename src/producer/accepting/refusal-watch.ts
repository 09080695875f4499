import { isBytes } from "../../wire/is-bytes.ts";
import type { PreparedRecord } from "./record-preparer.ts";

type Part = Uint8Array | string | null;

/**
 * After so many refused records that were offered again the program is right: to copy each further one would cost it
 * something for nothing.
 */
const SURE_AFTER = 16;

/** What is remembered of a record that `enqueue` refused. */
interface RefusedRecord {
  /** The caller's object. */
  readonly given: object;
  readonly topic: string;
  readonly key: Part;
  readonly value: Part;
  /**
   * An object of the same content came next. It was the refused record built again, unless the next one has that
   * content too.
   */
  isPerhapsOffered: boolean;
}

/**
 * Notices a program that ignores the `false` of `enqueue`: the refused record is lost then. It warns once, when the
 * record after a refusal is another one. A record is offered again when it is the same object, or has the same topic,
 * key and value: people build it again in a `while` loop. Where each record has the content of the one before, the
 * content shows nothing, and an object that is built again is taken for another.
 *
 * Where another task enqueues while one waits in `ready()`, nothing tells whose record is whose: then it stops looking.
 */
export class RefusalWatch {
  /** Whether the next record is to be looked at: the one thing that a record which is taken costs. */
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

  /** The record after one that was refused. */
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
    if (refused.given === given && ++this.#offeredAgain >= SURE_AFTER) this.#stop();
    // After one that was perhaps the refused record another content says that it was; the same content says nothing.
    if (refused.given === given || isAlike !== refused.isPerhapsOffered) return;
    this.#stop();
    this.#warn(refused.topic);
  }

  /** A call of `ready()` waits. */
  waits(): void {
    this.#waiting++;
  }

  /** It waits no longer. */
  waited(): void {
    this.#waiting--;
  }

  #stop(): void {
    this.#isOver = true;
    this.#refused = undefined;
    this.isWatching = false;
  }
}

/** The caller may fill its buffer again. */
function copyOf(part: Part): Part {
  return isBytes(part) ? part.slice() : part;
}

function equal(a: Part, b: Part): boolean {
  if (!isBytes(a) || !isBytes(b)) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
