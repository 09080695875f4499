import { KafkaError } from "../errors/kafka-error.ts";
import type { ByteSink } from "../runtime/byte-stream.ts";
import type { DamagedFrame, FrameDamage } from "./frame-damage.ts";
import type { LinkConditions } from "./network-link.ts";
import type { Random } from "./random.ts";
import type { EventQueue } from "./scheduler.ts";

/** The maximum number of bytes under way before a write waits: the socket buffers of both hosts. */
const WINDOW_BYTES = 262_144;
const NEVER = Number.POSITIVE_INFINITY;

/** The services of the network that a pipe uses. */
export interface PipeHost {
  readonly to: string;
  conditions(): LinkConditions;
  isBlocked(): boolean;
  /** Called when the bytes arrived. */
  delivered(view: Uint8Array): void;
  /** Called before that when they make a frame malformed that {@link NetworkPipe.damage} damaged. */
  malformed(): void;
}

interface Segment {
  readonly bytes: Uint8Array;
  readonly dueUs: number;
  offset: number;
  /** After this number of bytes the reader can know that they are malformed. */
  readonly malformedAfter: number;
  readonly settle: ((error?: KafkaError) => void) | undefined;
}

/**
 * One direction of a connection. Bytes keep their order. Blocked bytes are kept and arrive later, as with TCP's
 * retransmission.
 */
export class NetworkPipe {
  readonly #host: PipeHost;
  readonly #random: Random;
  /** The reader's own events: bytes wait while the reader stalls, and are lost when it has crashed. */
  readonly #reader: EventQueue;
  readonly #segments: Segment[] = [];
  readonly #waiting: ((error?: KafkaError) => void)[] = [];
  #sink: ByteSink | undefined;
  #underway = 0;
  #lastDueUs = 0;
  #freeUs = 0;
  #cutAfter = Infinity;
  #onCut: (() => void) | undefined;
  #damage: FrameDamage | undefined;
  #isPaused = false;
  #isArmed = false;
  #isEnded = false;
  #isSilent = false;
  #isDead = false;

  constructor(host: PipeHost, random: Random, reader: EventQueue) {
    this.#host = host;
    this.#random = random;
    this.#reader = reader;
  }

  /** Whether no more bytes will arrive. */
  get isDead(): boolean {
    return this.#isDead;
  }

  attach(sink: ByteSink): void {
    this.#sink = sink;
    this.#arm();
  }

  /** Copies the bytes: the writer may reuse its buffer as soon as this settles. */
  write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#isEnded || this.#isDead) return Promise.reject(this.#error("the connection is closed"));
    const { bytes, malformedAfter } = this.#damaged(join(chunks));
    this.#underway += bytes.length;
    this.#segments.push({ bytes, dueUs: this.#due(bytes.length), offset: 0, malformedAfter, settle: undefined });
    this.#arm();
    if (this.#underway <= WINDOW_BYTES) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push((error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** The writer closed: the bytes that it wrote still arrive, then the end. */
  end(extraUs = 0): void {
    if (this.#isEnded || this.#isDead) return;
    this.#isEnded = true;
    this.#settleAll(this.#error("the connection is closed"));
    this.#lastDueUs = Math.max(this.#due(0), this.#reader.nowUs + extraUs);
    this.#segments.push({
      bytes: new Uint8Array(0),
      dueUs: this.#lastDueUs,
      offset: 0,
      malformedAfter: NEVER,
      settle: () => this.close(),
    });
    this.#arm();
  }

  /** Delays the bytes under way, and all that follow, by this time. */
  hold(durationUs: number): void {
    this.#lastDueUs = Math.max(this.#lastDueUs, this.#reader.nowUs + durationUs);
    this.#segments.splice(
      0,
      this.#segments.length,
      ...this.#segments.map((segment) => ({ ...segment, dueUs: Math.max(segment.dueUs, this.#lastDueUs) })),
    );
  }

  resume(): void {
    this.#isPaused = false;
    this.#arm();
  }

  /** The reader is gone: nothing more arrives, and no end is notified. */
  drop(): void {
    this.#isDead = true;
    this.#segments.length = 0;
    this.#sink = undefined;
    this.#settleAll(this.#error("the other end closed the connection"));
  }

  /** From now on bytes are lost under way, and neither end is notified. */
  silence(): void {
    this.#isSilent = true;
  }

  /** After this number of further bytes, `then` is called in place of the rest. */
  cutAfter(bytes: number, then: () => void): void {
    this.#cutAfter = bytes;
    this.#onCut = then;
  }

  /** Damages the next frame that is written; undefined: no frame any more. Each write is one frame. */
  damage(how: FrameDamage | undefined): void {
    this.#damage = how;
  }

  /** Notifies the reader of the end, once. */
  close(error?: KafkaError): void {
    const sink = this.#sink;
    this.drop();
    sink?.closed(error);
  }

  /** Called when bytes may be able to arrive again, because a link was unblocked. */
  poke(): void {
    this.#arm();
  }

  #damaged(bytes: Uint8Array): DamagedFrame {
    const damage = this.#damage;
    this.#damage = undefined;
    return damage?.(bytes) ?? { bytes, malformedAfter: NEVER };
  }

  #due(bytes: number): number {
    const { latencyUs, bytesPerMs } = this.#host.conditions();
    const nowUs = this.#reader.nowUs;
    this.#freeUs = Math.max(nowUs, this.#freeUs) + Math.ceil((bytes * 1000) / bytesPerMs);
    this.#lastDueUs = Math.max(this.#lastDueUs, this.#freeUs + this.#random.between(latencyUs[0], latencyUs[1]));
    return this.#lastDueUs;
  }

  #arm(): void {
    const [segment] = this.#segments;
    if (
      this.#isArmed ||
      this.#isPaused ||
      this.#isDead ||
      segment === undefined ||
      this.#sink === undefined ||
      this.#host.isBlocked()
    )
      return;
    this.#isArmed = true;
    this.#reader.schedule(Math.max(0, segment.dueUs - this.#reader.nowUs), () => {
      this.#isArmed = false;
      this.#arrive();
      this.#arm();
    });
  }

  #arrive(): void {
    while (!this.#isPaused && !this.#isDead && !this.#host.isBlocked()) {
      const [segment] = this.#segments;
      if (segment === undefined || segment.dueUs > this.#reader.nowUs) return;
      if (this.#isSilent) segment.offset = segment.bytes.length;
      else while (segment.offset < segment.bytes.length && !this.#isPaused && !this.#isDead) this.#push(segment);
      if (this.#isDead || segment.offset < segment.bytes.length) return;
      this.#segments.shift();
      this.#underway -= segment.bytes.length;
      if (this.#underway <= WINDOW_BYTES) this.#settleAll();
      if (!this.#isSilent) segment.settle?.();
    }
  }

  #push(segment: Segment): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    const target = sink.buffer();
    const length = Math.min(
      target.length,
      this.#host.conditions().segmentBytes,
      segment.bytes.length - segment.offset,
      this.#cutAfter,
    );
    if (length > 0) {
      target.set(segment.bytes.subarray(segment.offset, segment.offset + length));
      segment.offset += length;
      this.#cutAfter -= length;
      const view = target.subarray(0, length);
      const { offset, malformedAfter } = segment;
      if (offset >= malformedAfter && offset - length < malformedAfter) this.#host.malformed();
      this.#host.delivered(view);
      if (!sink.filled(view)) this.#isPaused = true;
    }
    if (this.#cutAfter <= 0) {
      this.#cutAfter = Infinity;
      this.#onCut?.();
    }
  }

  #settleAll(error?: KafkaError): void {
    for (const settle of this.#waiting.splice(0)) settle(error);
  }

  #error(why: string): KafkaError {
    return new KafkaError("connection", `${this.#host.to}: ${why}`, { retriable: true, address: this.#host.to });
  }
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
