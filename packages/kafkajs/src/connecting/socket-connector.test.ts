// Connections over sockets that a function of the user makes.
import { test } from "node:test";
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { ByteSink, ByteStream } from "../../../../src/runtime/byte-stream.ts";
import { Cancellation } from "../../../../src/runtime/cancellation.ts";
import { KafkaError } from "../../../../src/errors/kafka-error.ts";
import { toKafkaJsError } from "../errors/to-kafkajs-error.ts";
import { type SocketFactory, socketConnector } from "./socket-connector.ts";

/** A socket that notes its calls. */
class FakeSocket extends EventEmitter {
  readonly calls: string[] = [];
  destroyed = false;

  write(bytes: Uint8Array, done?: (error?: Error | null) => void): void {
    this.calls.push(`write ${Buffer.from(bytes).toString()}`);
    done?.();
  }
  pause(): void {
    this.calls.push("pause");
  }
  resume(): void {
    this.calls.push("resume");
  }
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.calls.push("destroy");
    this.emit("close");
  }
}

interface Opened {
  readonly socket: FakeSocket;
  readonly args: Parameters<SocketFactory>[0];
  readonly stream: Promise<ByteStream>;
  readonly read: string[];
  readonly signal: Cancellation;
}

/** Opens a connection; `accepts`: whether the sink takes more bytes. */
function open(accepts = true, ssl?: unknown): Opened {
  const socket = new FakeSocket();
  let args: Opened["args"] | undefined;
  const read: string[] = [];
  const sink: ByteSink = {
    buffer: () => new Uint8Array(16),
    filled: (view) => read.push(Buffer.from(view).toString()) > 0 && accepts,
    closed: (error) => read.push(`closed ${error?.message ?? "without an error"}`),
  };
  const factory: SocketFactory = (given) => {
    args = given;
    return socket;
  };
  const signal = new Cancellation();
  const stream = socketConnector({ KafkaError }, factory, ssl).connect({ host: "b", port: 9092 }, sink, { signal });
  return { socket, args: args!, stream, read, signal };
}

const asKafkaJs = async (promise: Promise<unknown>): Promise<unknown> => {
  const error = (await promise.then(
    () => undefined,
    (reason: unknown) => toKafkaJsError(reason),
  )) as { name: string; message: string; broker?: string; code?: string } | undefined;
  return error && [error.name, error.message, error.broker, error.code];
};

test("the function gets host, port, ssl and onConnect; bytes go both ways", async () => {
  const { socket, args, stream, read } = open(true, { ca: "pem" });
  assert.deepEqual([args.host, args.port, args.ssl], ["b", 9092, { ca: "pem" }]);
  args.onConnect();
  const { remote, write, resume } = await stream.then((s) => ({
    remote: s.remote,
    write: s.write.bind(s),
    resume: s.resume.bind(s),
  }));
  assert.equal(remote, "b:9092");
  await write([Buffer.from("one"), Buffer.from("two")]);
  await write([]);
  socket.emit("data", Buffer.from("answer"));
  resume();
  assert.deepEqual(read, ["answer"]);
  assert.deepEqual(socket.calls, ["write one", "write two", "resume"]);
  socket.emit("end");
  assert.deepEqual(read, ["answer", "closed without an error"]);
  assert.deepEqual(await asKafkaJs(write([Buffer.from("late")])), [
    ...["KafkaJSConnectionError", "Closed connection", "b:9092", undefined],
  ]);
});

test("a sink that is full pauses the socket", async () => {
  const { socket, args, stream } = open(false);
  args.onConnect();
  await stream;
  socket.emit("data", Buffer.from("x"));
  assert.deepEqual(socket.calls, ["pause"]);
});

test("onConnect may be called before the function returns", async () => {
  const socket = new FakeSocket();
  const factory: SocketFactory = ({ onConnect }) => {
    onConnect();
    return socket;
  };
  const sink: ByteSink = { buffer: () => new Uint8Array(1), filled: () => true, closed: () => undefined };
  const stream = await socketConnector({ KafkaError }, factory, null).connect({ host: "b", port: 1 }, sink, {});
  stream.close();
  assert.deepEqual(socket.calls, ["destroy"]);
});

test("errors have kafkajs's texts: of the function, before and after the connection, a timeout, an early end", async () => {
  const throwing: SocketFactory = () => {
    throw new Error("no socket");
  };
  const sink: ByteSink = { buffer: () => new Uint8Array(1), filled: () => true, closed: () => undefined };
  const thrown = socketConnector({ KafkaError }, throwing, null).connect({ host: "b", port: 1 }, sink, {});
  assert.deepEqual(await asKafkaJs(thrown), [
    "KafkaJSConnectionError",
    "Failed to connect: no socket",
    "b:1",
    undefined,
  ]);

  const refused = open();
  refused.socket.emit("error", Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
  refused.socket.destroy();
  assert.deepEqual(await asKafkaJs(refused.stream), [
    ...["KafkaJSConnectionError", "Connection error: connect ECONNREFUSED", "b:9092", "ECONNREFUSED"],
  ]);

  const timedOut = open();
  timedOut.socket.emit("timeout");
  assert.deepEqual(await asKafkaJs(timedOut.stream), [
    ...["KafkaJSConnectionError", "Connection timeout", "b:9092", undefined],
  ]);

  const early = open();
  early.socket.emit("end");
  assert.deepEqual(await asKafkaJs(early.stream), [
    ...["KafkaJSConnectionError", "Closed connection", "b:9092", undefined],
  ]);

  const late = open();
  late.args.onConnect();
  await late.stream;
  late.socket.emit("error", new Error("reset"));
  late.socket.destroy();
  assert.deepEqual(late.read, ["closed Connection error: reset"]);
});

test("a signal destroys a socket that is not ready; later it does nothing", async () => {
  const waiting = open();
  waiting.signal.cancel(new KafkaError("cancelled", "enough"));
  await assert.rejects(waiting.stream, { kind: "cancelled" });
  assert.deepEqual(waiting.socket.calls, ["destroy"]);

  const ready = open();
  ready.args.onConnect();
  const stream = await ready.stream;
  ready.signal.cancel(new KafkaError("cancelled", "late"));
  assert.deepEqual(ready.socket.calls, []);
  stream.close();
  stream.close();
  assert.deepEqual(ready.socket.calls, ["destroy"]);
  assert.deepEqual(ready.read, [], "the owner's own close is not reported to it");
});
