import { headersSize, type PackedParts, writeHeaders } from "../../records/batch-builder.ts";
import { ViewedBytes } from "../../records/bytes-view.ts";
import { type Headers, readHeaders } from "../../records/headers.ts";
import { writeUnsignedVarint, writeVarint } from "../../wire/varint.ts";
import type { Settle } from "../partition/batch.ts";
import type { BatchSettings } from "../partition/batch-settings.ts";
import { partLength, type RecordParts, writePart } from "./packed-record.ts";

const LEAST_SEGMENT = 1024;
const MOST_SEGMENT = 262_144;
/** The maximum number of bytes of a record besides key, value and headers: its flags, two times and six varints. */
const MOST_OVERHEAD = 47;
/** Flag: two times follow. A record without this flag has the times of the record before it. */
const NEW_TIMES = 1;
/** Flag: the record has a promise. */
const AWAITED = 2;
/** Flag: the record was withdrawn; readers skip it. */
const WITHDRAWN = 4;

/** Flag: the number of the record's settings follows. */
const WITH_SETTINGS = 8;

/** A piece of memory with whole records. */
interface Segment {
  readonly bytes: Uint8Array;
  readonly times: DataView;
  end: number;
}

/**
 * Records that wait for their topic's metadata, in order, encoded one after the other, so that a million records are
 * some dozen objects. Memory is allocated as records arrive, and released as they are dropped.
 */
export class PackedRecords {
  readonly #segments: Segment[] = [];
  /** The position of the first record in the first segment. */
  #at = 0;
  /** The position after the first record, if it was read. */
  #next = 0;
  #isRead = false;
  #length = 0;
  /**
   * The functions that settle promises, in the order of the records that have one. Those before `#settled` are of
   * dropped records.
   */
  #settles: (Settle | undefined)[] = [];
  #settled = 0;
  /** The different settings of the records. */
  #settings: BatchSettings[] = [];
  #lastCreatedMs = Number.NaN;
  #lastTimestamp = Number.NaN;
  readonly #first = new WaitingRecord();

  get length(): number {
    return this.#length;
  }

  /** The first record, in an object that is used for all of them in turn; undefined if there is none. */
  get first(): WaitingRecord | undefined {
    if (this.#length === 0) return undefined;
    if (!this.#isRead) this.#read();
    return this.#first;
  }

  /** Adds a record; its parts are copied. `createdMs` never decreases. */
  add(
    partition: number,
    key: RecordParts["key"],
    value: RecordParts["value"],
    headers: Headers | undefined,
    timestamp: number,
    createdMs: number,
    bytes: number,
    settle: Settle | undefined,
    settings?: BatchSettings,
  ): void {
    const keyLength = partLength(key);
    const valueLength = partLength(value);
    const headersLength = headers === undefined || headers.length === 0 ? 0 : headersSize(headers);
    const segment = this.#room(MOST_OVERHEAD + Math.max(0, keyLength) + Math.max(0, valueLength) + headersLength);
    const to = segment.bytes;
    let p = segment.end;
    const isNew = createdMs !== this.#lastCreatedMs || timestamp !== this.#lastTimestamp;
    to[p++] =
      (isNew ? NEW_TIMES : 0) | (settle === undefined ? 0 : AWAITED) | (settings === undefined ? 0 : WITH_SETTINGS);
    if (isNew) {
      segment.times.setFloat64(p, createdMs);
      segment.times.setFloat64(p + 8, timestamp);
      p += 16;
      this.#lastCreatedMs = createdMs;
      this.#lastTimestamp = timestamp;
    }
    if (settings !== undefined) p = writeUnsignedVarint(to, p, this.#numberOf(settings));
    p = writeUnsignedVarint(to, p, bytes);
    p = writeVarint(to, p, partition);
    p = writeVarint(to, p, keyLength);
    p = writeVarint(to, p, valueLength);
    p = writeUnsignedVarint(to, p, headersLength);
    p = writePart(to, writePart(to, p, key), value);
    segment.end = headersLength === 0 ? p : writeHeaders(to, p, headers ?? []);
    if (settle !== undefined) this.#settles.push(settle);
    this.#length++;
  }

  /** Removes the first record. The result of {@link first} stays valid until its next call. */
  drop(): void {
    if (!this.#isRead) this.#read();
    this.#pass();
    if (--this.#length === 0) this.#clear();
  }

  /** Removes the first records, up to the last one whose creation time `isTaken` accepts, and returns them. */
  takeWhile(isTaken: (createdMs: number) => boolean): PackedRecords {
    const taken = new PackedRecords();
    taken.#segments.push(...this.#segments);
    taken.#at = this.#at;
    taken.#first.copyTimes(this.#first);
    taken.#settles = this.#settles.slice(this.#settled);
    taken.#settings = this.#settings;
    if (isTaken(this.#lastCreatedMs)) {
      taken.#length = this.#length;
      this.#clear();
      return taken;
    }
    for (let { first } = this; first !== undefined && isTaken(first.createdMs); first = this.first) {
      this.drop();
      taken.#length++;
    }
    return taken;
  }

  /** Removes the record whose promise this function settles; returns its bytes, or undefined if it is not here. */
  withdraw(settle: Settle): number | undefined {
    const wanted = this.#settles.indexOf(settle, this.#settled);
    if (wanted < 0) return undefined;
    const record = new WaitingRecord();
    let awaited = this.#settled;
    for (const [i, { bytes, times, end }] of this.#segments.entries()) {
      for (let at = i === 0 ? this.#at : 0, next = at; at < end; at = next) {
        next = record.read(bytes, times, at);
        if (!record.isAwaited || awaited++ !== wanted) continue;
        bytes[at] = (bytes[at] ?? 0) | WITHDRAWN;
        this.#settles[wanted] = undefined;
        this.#isRead = false;
        if (--this.#length === 0) this.#clear();
        return record.bytes;
      }
    }
    return undefined;
  }

  #read(): void {
    for (;;) {
      let segment = this.#segments[0];
      if (segment !== undefined && this.#at >= segment.end) {
        this.#segments.shift();
        this.#at = 0;
        segment = this.#segments[0];
      }
      if (segment === undefined) return;
      const record = this.#first;
      this.#next = record.read(segment.bytes, segment.times, this.#at);
      record.settle = record.isAwaited ? this.#settles[this.#settled] : undefined;
      record.settings = this.#settings[record.settingsNumber];
      this.#isRead = true;
      if (!record.isWithdrawn) return;
      this.#pass();
    }
  }

  /** Moves to the position after the record that was read. */
  #pass(): void {
    this.#at = this.#next;
    this.#isRead = false;
    if (!this.#first.isAwaited) return;
    this.#settles[this.#settled++] = undefined;
    if (this.#settled < 1024 || this.#settled * 2 < this.#settles.length) return;
    this.#settles.splice(0, this.#settled);
    this.#settled = 0;
  }

  #clear(): void {
    this.#segments.length = 0;
    this.#at = 0;
    this.#isRead = false;
    this.#length = 0;
    this.#settles = [];
    this.#settled = 0;
    this.#settings = [];
    this.#lastCreatedMs = Number.NaN;
  }

  #numberOf(settings: BatchSettings): number {
    const at = this.#settings.indexOf(settings);
    return at >= 0 ? at : this.#settings.push(settings) - 1;
  }

  /** The last segment, with room for this many bytes. */
  #room(bytes: number): Segment {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.end + bytes <= last.bytes.length) return last;
    const usual = last === undefined ? LEAST_SEGMENT : Math.min(MOST_SEGMENT, last.bytes.length * 2);
    const memory = new Uint8Array(Math.max(usual, bytes));
    const segment = { bytes: memory, times: new DataView(memory.buffer), end: 0 };
    this.#segments.push(segment);
    return segment;
  }
}

/** A record that waits for its topic's metadata: serialised, and not in a partition yet. Its parts are views. */
export class WaitingRecord implements PackedParts {
  createdMs = 0;
  timestamp = 0;
  /** The partition that the record names; −1 for none. */
  partition = -1;
  /** How many bytes the memory gate counts for it. */
  bytes = 0;
  /** Settles the record's promise; undefined if it has none. */
  settle: Settle | undefined = undefined;
  /** Where the record has settings that are not the producer's. */
  settings: BatchSettings | undefined = undefined;
  settingsNumber = -1;
  isAwaited = false;
  isWithdrawn = false;
  data: Uint8Array = NOTHING;
  start = 0;
  keyLength = -1;
  valueLength = -1;
  headersLength = 0;
  #at = 0;

  get key(): Uint8Array | null {
    return this.keyLength < 0 ? null : this.data.subarray(this.start, this.start + this.keyLength);
  }

  get value(): Uint8Array | null {
    const start = this.start + Math.max(0, this.keyLength);
    return this.valueLength < 0 ? null : this.data.subarray(start, start + this.valueLength);
  }

  get headers(): Headers | undefined {
    const start = this.start + Math.max(0, this.keyLength) + Math.max(0, this.valueLength);
    const end = start + this.headersLength;
    return start === end ? undefined : readHeaders(new ViewedBytes(this.data), start, end);
  }

  /** Reads the record at this position; returns the position after it. */
  read(data: Uint8Array, times: DataView, at: number): number {
    const flags = data[at] ?? 0;
    this.isAwaited = (flags & AWAITED) !== 0;
    this.isWithdrawn = (flags & WITHDRAWN) !== 0;
    this.#at = at + 1;
    if ((flags & NEW_TIMES) !== 0) {
      this.createdMs = times.getFloat64(at + 1);
      this.timestamp = times.getFloat64(at + 9);
      this.#at += 16;
    }
    this.data = data;
    this.settingsNumber = (flags & WITH_SETTINGS) === 0 ? -1 : this.#unsigned();
    this.bytes = this.#unsigned();
    this.partition = this.#signed();
    this.keyLength = this.#signed();
    this.valueLength = this.#signed();
    this.headersLength = this.#unsigned();
    this.start = this.#at;
    return this.start + Math.max(0, this.keyLength) + Math.max(0, this.valueLength) + this.headersLength;
  }

  /** A record without times has those of the record that was read before it. */
  copyTimes({ createdMs, timestamp }: WaitingRecord): void {
    this.createdMs = createdMs;
    this.timestamp = timestamp;
  }

  #signed(): number {
    const n = this.#unsigned();
    return (n >>> 1) ^ -(n & 1);
  }

  #unsigned(): number {
    let byte = this.data[this.#at++] ?? 0;
    if (byte < 128) return byte;
    let n = byte & 127;
    for (let shift = 7; byte >= 128; shift += 7) {
      byte = this.data[this.#at++] ?? 0;
      n |= (byte & 127) << shift;
    }
    return n >>> 0;
  }
}

const NOTHING = new Uint8Array(0);
