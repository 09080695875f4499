/** Writes Kafka's old forms: big-endian numbers, texts and bytes with their length in front, −1 for null. */
export class ByteWriter {
  readonly #parts: Buffer[] = [];

  int16(value: number): this {
    const part = Buffer.alloc(2);
    part.writeInt16BE(value);
    return this.#add(part);
  }

  int32(value: number): this {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    return this.#add(part);
  }

  string(value: string): this {
    const text = Buffer.from(value);
    return this.int16(text.length).#add(text);
  }

  bytes(value: Buffer | string | null): this {
    if (value === null) return this.int32(-1);
    const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value);
    return this.int32(bytes.length).#add(bytes);
  }

  buffer(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #add(part: Buffer): this {
    this.#parts.push(part);
    return this;
  }
}

/** Reads them. Throws Node's RangeError behind the end. */
export class ByteReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  int16(): number {
    const value = this.#buffer.readInt16BE(this.#at);
    this.#at += 2;
    return value;
  }

  int32(): number {
    const value = this.#buffer.readInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  string(): string {
    return this.#take(this.int16()).toString();
  }

  bytes(): Buffer | null {
    const length = this.int32();
    return length === -1 ? null : this.#take(length);
  }

  array<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(this.int32(), 0) }, read);
  }

  #take(length: number): Buffer {
    const end = this.#at + Math.max(length, 0);
    const part = this.#buffer.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}
