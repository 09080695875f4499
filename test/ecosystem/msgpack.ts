/** The parts of MessagePack that tracing agents send; 64-bit integers as text, since they are ids. */
export function decodeMessagePack(data: Buffer): unknown {
  return new MessagePack(data).value();
}

class MessagePack {
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  value(): unknown {
    const type = this.#number(1);
    if (type < 0x80) return type;
    if (type < 0x90) return this.#map(type & 0x0f);
    if (type < 0xa0) return this.#array(type & 0x0f);
    if (type < 0xc0) return this.#text(type & 0x1f);
    if (type >= 0xe0) return type - 0x100;
    return this.#sized(type);
  }

  #sized(type: number): unknown {
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return type === 0xc3;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#bytes(this.#number(1 << (type - 0xc4))).toString("hex");
      case 0xca:
        return this.#bytes(4).readFloatBE();
      case 0xcb:
        return this.#bytes(8).readDoubleBE();
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#number(1 << (type - 0xcc));
      case 0xcf:
        return String(this.#bytes(8).readBigUInt64BE());
      case 0xd0:
      case 0xd1:
      case 0xd2: {
        const size = 1 << (type - 0xd0);
        return this.#bytes(size).readIntBE(0, size);
      }
      case 0xd3:
        return String(this.#bytes(8).readBigInt64BE());
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#number(1 << (type - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#number(2 << (type - 0xdc)));
      case 0xde:
      case 0xdf:
        return this.#map(this.#number(2 << (type - 0xde)));
      default:
        throw new Error(`no type of MessagePack: ${type}`);
    }
  }

  #array(length: number): unknown[] {
    return Array.from({ length }, () => this.value());
  }

  #map(size: number): Record<string, unknown> {
    return Object.fromEntries(Array.from({ length: size }, () => [String(this.value()), this.value()]));
  }

  #text(length: number): string {
    return this.#bytes(length).toString();
  }

  #number(size: number): number {
    return this.#bytes(size).readUIntBE(0, size);
  }

  #bytes(length: number): Buffer {
    this.#at += length;
    return this.#data.subarray(this.#at - length, this.#at);
  }
}
