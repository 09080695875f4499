// The memory of a tunnel's connection, by counts: how many bytes it has read from the broker that the page has not
// consumed, and how many pieces of memory it reads into.
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import * as fc from "fast-check";
import type { WebSocket } from "ws";
import { KafkaError } from "../../../errors/kafka-error.ts";
import type { ByteSink, Connector } from "../../../runtime/byte-stream.ts";
import { ReceiveWindow } from "../../../tunnel/credit.ts";
import { MESSAGE_BYTES } from "../../../tunnel/window-limits.ts";
import { tunnelSettings } from "./options.ts";
import { Slabs } from "./slabs.ts";
import { TunnelConnection } from "./tunnel-connection.ts";

const WINDOW_BYTES = 1024 * 1024;
const SLAB_BYTES = 4 * MESSAGE_BYTES;

/** A page that decides when a message counts as sent, and when it has consumed it. */
class Page extends EventEmitter {
  readonly texts: string[] = [];
  /** The bytes of each message that the page has got and not consumed. */
  readonly unread: number[] = [];
  readonly buffers = new Set<unknown>();
  isClosed = false;
  readonly #window: ReceiveWindow;
  #unsent: (() => void)[] = [];

  constructor(windowBytes: number) {
    super();
    this.#window = new ReceiveWindow(windowBytes);
  }

  send(data: string | Uint8Array, _options?: object, sent?: () => void): void {
    if (typeof data === "string") {
      this.texts.push(data);
      return;
    }
    assert.equal(this.#window.received(data.length), true, "the tunnel keeps to its credit");
    this.unread.push(data.length);
    this.buffers.add(data.buffer);
    if (sent !== undefined) this.#unsent.push(sent);
  }

  /** The socket has taken everything. */
  sendsAll(): void {
    for (const sent of this.#unsent.splice(0)) sent();
  }

  /** The page's client takes the oldest message. */
  consumes(): void {
    const bytes = this.#window.consumed(this.unread.shift() ?? 0);
    if (bytes > 0) this.says({ type: "credit", bytes });
  }

  says(message: object): void {
    this.emit("message", Buffer.from(JSON.stringify(message)), false);
  }

  close(): void {
    this.isClosed = true;
  }

  terminate(): void {
    this.isClosed = true;
  }

  get waiting(): number {
    return this.unread.reduce((sum, bytes) => sum + bytes, 0);
  }
}

/** A broker that always has more to send, like a host's socket: it fills the sink until that says stop. */
class Broker {
  sink: ByteSink | undefined;
  read = 0;
  isOpen = true;
  isClosed = false;
  readonly connector: Connector = {
    connect: (_target, sink) => {
      this.sink = sink;
      const stream = {
        remote: "b:1",
        write: () => Promise.resolve(),
        resume: () => (this.isOpen = true),
        close: () => (this.isClosed = true),
      };
      return Promise.resolve(stream);
    },
  };

  /** Returns whether something was read. */
  gives(bytes: number): boolean {
    if (!this.isOpen || this.sink === undefined || this.isClosed) return false;
    const view = this.sink.buffer();
    const part = view.subarray(0, Math.min(bytes, view.length));
    this.read += part.length;
    this.isOpen = this.sink.filled(part);
    return true;
  }
}

async function opened(windowBytes: number): Promise<{ readonly page: Page; readonly broker: Broker }> {
  const page = new Page(Math.min(windowBytes, WINDOW_BYTES));
  const broker = new Broker();
  const host = {
    settings: tunnelSettings({ allow: ["b:1"] }),
    connector: broker.connector,
    isSameToken: () => true,
    from: "test",
  };
  new TunnelConnection(page as unknown as WebSocket, host, new Slabs().reader());
  page.says({ type: "open", host: "b", port: 1, tls: false, windowBytes });
  await new Promise((resolve) => setImmediate(resolve));
  return { page, broker };
}

for (const windowBytes of [65_536, 1024 * 1024, 64 * 1024 * 1024])
  test(`a page that reads 200 MB with a window of ${windowBytes} bytes and pauses in the middle: what waits is bounded`, async () => {
    const { page, broker } = await opened(windowBytes);
    const limit = Math.min(windowBytes, WINDOW_BYTES);
    const reads = (total: number): void => {
      while (broker.read < total) {
        while (broker.read < total && broker.gives(MESSAGE_BYTES));
        assert.ok(page.waiting < limit + MESSAGE_BYTES, `${page.waiting} bytes wait`);
        page.sendsAll();
        while (page.unread.length > 0) page.consumes();
      }
    };
    reads(100_000_000);
    const before = page.buffers.size;
    // The page pauses: its client consumes nothing, then the socket takes nothing either.
    const pausedAt = broker.read;
    for (let i = 0; i < 10_000; i++) {
      broker.gives(MESSAGE_BYTES);
      if (i === 5000) page.sendsAll();
    }
    assert.equal(broker.isOpen, false, "the broker's socket is not read");
    assert.ok(broker.read - pausedAt < limit + MESSAGE_BYTES, `${broker.read - pausedAt} bytes were read in the pause`);
    assert.equal(page.waiting, broker.read - pausedAt);
    page.sendsAll();
    while (page.unread.length > 0) page.consumes();
    assert.equal(broker.isOpen, true, "it goes on by itself");
    reads(200_000_000);
    assert.ok(page.buffers.size <= before + limit / SLAB_BYTES + 2, `${page.buffers.size} pieces of memory`);
    assert.ok(page.buffers.size * SLAB_BYTES < 16 * 1024 * 1024, "all memory that it has read into, ever");
  });

test("whatever the broker sends and the page does, no more than a window and a message wait", async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ gives: fc.integer({ min: 1, max: MESSAGE_BYTES }) }) },
    { weight: 2, arbitrary: fc.constant({ consumes: true }) },
    { weight: 1, arbitrary: fc.constant({ sends: true }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 400 }), async (steps) => {
      const { page, broker } = await opened(MESSAGE_BYTES);
      for (const one of steps) {
        if ("gives" in one) broker.gives(one.gives);
        else if ("sends" in one) page.sendsAll();
        else page.consumes();
        assert.ok(page.waiting < 2 * MESSAGE_BYTES, `${page.waiting} bytes wait`);
      }
      page.sendsAll();
      while (page.unread.length > 0) page.consumes();
      assert.equal(broker.gives(1), true, "a page that has consumed everything gets more");
    }),
    { numRuns: 60 },
  );
});

test("a connection that ends while the page pauses closes the broker's socket, and reads into no more memory", async () => {
  const { page, broker } = await opened(65_536);
  while (broker.gives(MESSAGE_BYTES));
  page.emit("close");
  assert.equal(broker.isClosed, true);
  assert.equal(broker.sink?.filled(broker.sink.buffer().subarray(0, 10)), true);
  broker.sink?.closed(new KafkaError("connection", "reset"));
  assert.equal(page.waiting, 65_536, "nothing is sent after the end");
});
