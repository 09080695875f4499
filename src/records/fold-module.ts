// Builds a WebAssembly module opcode by opcode: one function with one loop, and two pages of memory.
// The numbers come from the binary format: https://webassembly.github.io/spec/core/binary/instructions.html

const I32 = 0x7f;
const LOOP = 0x03;
const NO_RESULT = 0x40;
const END = 0x0b;
const BRANCH_IF = 0x0d;
const GET = 0x20;
const SET = 0x21;
const I32_CONST = 0x41;
const I32_LESS_UNSIGNED = 0x49;
const I32_ADD = 0x6a;
const VECTOR = 0xfd;
const LOAD = 0x00;
const STORE = 0x0b;
const XOR = 0x51;
const VECTOR_BYTES = 16;
const PAGES = 2;

/** The parameters of `fold`. */
const FROM = 0;
const UNTIL = 1;
const FOLDED = 2;
const TO = 3;

/**
 * Generates `fold(from, until, folded, to)`. It XORs each vector between `from` and `until` with the folded bytes that
 * lie each of `distances` bytes before it, and writes the result to `to`. `folded` is the position of the bytes that
 * were folded the farthest distance earlier.
 */
export function foldModule(distances: readonly number[]): Uint8Array {
  const farthest = Math.max(...distances);
  const body = [
    0, // no locals
    LOOP,
    NO_RESULT,
    GET,
    TO,
    GET,
    FROM,
    ...load(0),
    ...distances.flatMap((distance) => [GET, FOLDED, ...load(farthest - distance), VECTOR, XOR]),
    VECTOR,
    STORE,
    0,
    0,
    ...[FROM, FOLDED, TO].flatMap((local) => [GET, local, I32_CONST, VECTOR_BYTES, I32_ADD, SET, local]),
    GET,
    FROM,
    GET,
    UNTIL,
    I32_LESS_UNSIGNED,
    BRANCH_IF,
    0,
    END,
    END,
  ];
  return new Uint8Array([
    0x00,
    ...ascii("asm"),
    1,
    0,
    0,
    0,
    ...section(1, [1, 0x60, 4, I32, I32, I32, I32, 0]), // one type: four numbers, no result
    ...section(3, [1, 0]), // one function of that type
    ...section(5, [1, 0, PAGES]), // one memory
    ...section(7, [2, 6, ...ascii("memory"), 2, 0, 4, ...ascii("fold"), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

function load(offset: number): number[] {
  return [VECTOR, LOAD, 0, ...unsigned(offset)];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function ascii(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}
