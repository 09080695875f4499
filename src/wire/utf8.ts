// UTF-8 without the host: the wire format must be the same on every runtime, and bare engines have no TextEncoder.

/** The number of bytes of `text` in UTF-8. A lone surrogate counts as U+FFFD. */
export function utf8Length(text: string): number {
  let size = text.length;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x80) continue;
    if (c < 0x800) size += 1;
    else if (c >= 0xd800 && c < 0xdc00 && isLow(text.charCodeAt(i + 1))) {
      size += 2; // two UTF-16 units, four bytes
      i++;
    } else size += 2;
  }
  return size;
}

/** Writes `text` at `at`, where there must be room for {@link utf8Length} bytes. Returns the position after it. */
export function utf8Write(text: string, target: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    let c = text.charCodeAt(i);
    if (c < 0x80) {
      target[at++] = c;
      continue;
    }
    if (c < 0x800) {
      target[at++] = 0xc0 | (c >> 6);
      target[at++] = 0x80 | (c & 63);
      continue;
    }
    if (c >= 0xd800 && c < 0xe000) {
      const low = text.charCodeAt(i + 1);
      if (c < 0xdc00 && isLow(low)) {
        i++;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        target[at++] = 0xf0 | (c >> 18);
        target[at++] = 0x80 | ((c >> 12) & 63);
        target[at++] = 0x80 | ((c >> 6) & 63);
        target[at++] = 0x80 | (c & 63);
        continue;
      }
      c = 0xfffd;
    }
    target[at++] = 0xe0 | (c >> 12);
    target[at++] = 0x80 | ((c >> 6) & 63);
    target[at++] = 0x80 | (c & 63);
  }
  return at;
}

/** `text` as bytes. */
export function utf8Encode(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  utf8Write(text, bytes, 0);
  return bytes;
}

/** Encodes and decodes for serdes on hosts that have no UTF-8 of their own. */
export const portableUtf8: {
  readonly encode: (text: string) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => string;
} = { encode: utf8Encode, decode: (bytes) => utf8Decode(bytes) };

/**
 * Bytes `start` to `end` as text. Each maximal part of a malformed sequence becomes one U+FFFD, as in the WHATWG
 * decoder.
 */
export function utf8Decode(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = "";
  let units: number[] = [];
  for (let i = start; i < end;) {
    const c = bytes[i]!;
    if (c < 0x80) {
      units.push(c);
      i++;
    } else {
      i = decodeSequence(bytes, i, end, units);
    }
    // Some engines limit the number of arguments of a function, so the text is joined from pieces.
    if (units.length > 1000) {
      text += String.fromCharCode.apply(null, units);
      units = [];
    }
  }
  return text + String.fromCharCode.apply(null, units);
}

function decodeSequence(bytes: Uint8Array, at: number, end: number, units: number[]): number {
  const c = bytes[at]!;
  const count = c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : 0;
  let point = count === 1 ? c & 31 : count === 2 ? c & 15 : c & 7;
  let i = at + 1;
  for (let k = 0; k < count; k++, i++) {
    const next = i < end ? bytes[i]! : 0;
    // The first continuation byte rules out overlong forms, surrogates and code points beyond U+10FFFF.
    const low = k === 0 ? (c === 0xe0 ? 0xa0 : c === 0xf0 ? 0x90 : 0x80) : 0x80;
    const high = k === 0 ? (c === 0xed ? 0x9f : c === 0xf4 ? 0x8f : 0xbf) : 0xbf;
    if (next < low || next > high) {
      units.push(0xfffd);
      return i;
    }
    point = (point << 6) | (next & 63);
  }
  if (count === 0) units.push(0xfffd);
  else if (point < 0x10000) units.push(point);
  else units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 1023));
  return i;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
