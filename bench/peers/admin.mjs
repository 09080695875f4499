// A few admin calls over a raw socket, so that the checking owes nothing to any client under test. One broker only.
import { connect } from "node:net";

const CREATE_TOPICS = 19;
const DELETE_TOPICS = 20;
const LIST_OFFSETS = 2;
/** A thousand partitions take a broker on a busy disk half a minute. */
const LEADERS_WITHIN_MS = 120_000;

class Writer {
  #parts = [];
  int(bytes, value) {
    const part = Buffer.alloc(bytes);
    if (bytes === 8) part.writeBigInt64BE(BigInt(value));
    else part.writeIntBE(value, 0, bytes);
    this.#parts.push(part);
    return this;
  }
  text(value) {
    const part = Buffer.from(value);
    this.int(2, part.length);
    this.#parts.push(part);
    return this;
  }
  get bytes() {
    return Buffer.concat(this.#parts);
  }
}

class Reader {
  #bytes;
  #at = 0;
  constructor(bytes) {
    this.#bytes = bytes;
  }
  int(bytes) {
    this.#at += bytes;
    return bytes === 8
      ? Number(this.#bytes.readBigInt64BE(this.#at - 8))
      : this.#bytes.readIntBE(this.#at - bytes, bytes);
  }
  text() {
    const length = this.int(2);
    if (length < 0) return null;
    this.#at += length;
    return this.#bytes.toString("utf8", this.#at - length, this.#at);
  }
}

function call(bootstrap, api, version, body) {
  const [host, port] = bootstrap.split(",")[0].split(":");
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host);
    const head = new Writer().int(2, api).int(2, version).int(4, 1).text("bench-admin").bytes;
    socket.write(Buffer.concat([new Writer().int(4, head.length + body.length).bytes, head, body]));
    let got = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      got = Buffer.concat([got, chunk]);
      if (got.length < 4 || got.length < 4 + got.readInt32BE(0)) return;
      socket.destroy();
      resolve(new Reader(got.subarray(8)));
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`api ${api}: the connection was closed`)));
  });
}

/** Makes a topic, and waits until every partition has a leader. */
export async function createTopic(bootstrap, name, partitions, configs = {}) {
  const body = new Writer()
    .int(4, 1)
    .text(name)
    .int(4, partitions)
    .int(2, 1)
    .int(4, 0)
    .int(4, Object.keys(configs).length);
  for (const [key, value] of Object.entries(configs)) body.text(key).text(String(value));
  const answer = await call(bootstrap, CREATE_TOPICS, 2, body.int(4, 30_000).int(1, 0).bytes);
  answer.int(4);
  answer.int(4);
  answer.text();
  const code = answer.int(2);
  if (code !== 0) throw new Error(`CreateTopics ${name}: error ${code} ${answer.text()}`);
  const until = performance.now() + LEADERS_WITHIN_MS;
  for (;;) {
    try {
      await endOffsets(bootstrap, name, partitions);
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export async function deleteTopic(bootstrap, name) {
  await call(bootstrap, DELETE_TOPICS, 2, new Writer().int(4, 1).text(name).int(4, 30_000).bytes);
}

/** The sum of the end offsets of all partitions: how many records are in a topic that nothing was deleted from. */
export async function endOffsets(bootstrap, name, partitions) {
  const body = new Writer().int(4, -1).int(1, 0).int(4, 1).text(name).int(4, partitions);
  for (let p = 0; p < partitions; p++) body.int(4, p).int(8, -1);
  const answer = await call(bootstrap, LIST_OFFSETS, 3, body.bytes);
  answer.int(4);
  answer.int(4);
  answer.text();
  let sum = 0;
  for (let left = answer.int(4); left > 0; left--) {
    answer.int(4);
    const code = answer.int(2);
    answer.int(8);
    sum += answer.int(8);
    if (code !== 0) throw new Error(`ListOffsets ${name}: error ${code}`);
  }
  return sum;
}
