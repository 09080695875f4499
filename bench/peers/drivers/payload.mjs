// JSON-like text from xorshift32: the same bytes in every language, so that compressors see the same.
/** POOL: how many values and keys there are, a power of two; many partitions need more keys than 1,024. */
const POOL = Number(process.env.POOL ?? 0);

export function makePool(size, n = POOL || (size > 2000 ? 256 : 1024)) {
  let x = 42;
  const random = () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x;
  };
  const hex = (value, digits) => value.toString(16).padStart(digits, "0");
  const values = [];
  const keys = [];
  for (let i = 0; i < n; i++) {
    let text = "";
    while (text.length < size) {
      const r = random();
      text += `{"id":"${hex(r, 8)}","name":"user-${hex(r & 255, 2)}","ok":true},`;
    }
    values.push(Buffer.from(text.slice(0, size)));
    keys.push(Buffer.from(hex(random(), 8)));
  }
  return { values, keys, mask: n - 1 };
}
