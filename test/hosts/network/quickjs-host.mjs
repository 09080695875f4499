// node quickjs-host.mjs FACTS, beside engine.mjs of docs/platforms.md: the functions that the host gives QuickJS. The
// page's own sockets have no TLS; these have.
import { connect } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { callback, context, expose, load } from "./engine.mjs";

const facts = process.argv[2];
const { ca } = JSON.parse(facts);
const sockets = new Map();
let lastSocket = 0;

/** A function that opens a socket: host, port, and a callback with "open", "data" and "closed". */
const opening = (event, openSocket) => (hostName, port, handle) => {
  const id = ++lastSocket;
  const onEvent = callback(handle);
  const tell = (what, value = context.undefined) => onEvent.call(context.newString(what), value);
  const socket = openSocket(context.getString(hostName), context.getNumber(port));
  sockets.set(id, socket);
  let reason;
  socket.on(event, () => tell("open"));
  socket.on("data", (bytes) => tell("data", context.newArrayBuffer(new Uint8Array(bytes).buffer)));
  socket.on("error", (error) => {
    reason = context.newString(error.message);
  });
  socket.on("end", () => socket.destroy());
  socket.on("close", () => {
    if (sockets.delete(id)) tell("closed", reason);
    onEvent.release();
  });
  return context.newNumber(id);
};

expose({
  facts: () => context.newString(facts),
  open: opening("connect", (host, port) => connect({ host, port, noDelay: true })),
  openTls: opening("secureConnect", (host, port) => connectTls({ host, port, ca })),
  write(id, bytes) {
    const { value } = context.getArrayBuffer(bytes);
    sockets.get(context.getNumber(id))?.write(value.slice());
  },
  close(id) {
    const socket = sockets.get(context.getNumber(id));
    sockets.delete(context.getNumber(id));
    socket?.destroy();
  },
});
await load(join(import.meta.dirname, "in-quickjs.mjs"));
