// A platform for GJS (GNOME's JavaScript): timers of GLib's main loop, Gio's sockets, and TLS with the authorities that
// the system trusts (Debian: glib-networking).
import { boxedRuntime, KafkaError } from "odradek/core";
import Gio from "gi://Gio";
import GLib from "gi://GLib";

const clock = { now: () => Date.now(), monotonic: () => GLib.get_monotonic_time() / 1000 };
/** Waits, and stops the timer when the signal fires. */
const sleep = (ms, { signal }) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => clearTimeout(timer));
  });
const entropy = { fill: (bytes) => bytes.forEach((_, i) => (bytes[i] = GLib.random_int_range(0, 256))) };

/** Opens a connection by Gio's asynchronous calls. */
async function connect({ host, port, tls }, sink, { signal }) {
  const remote = `${host}:${port}`;
  /** A call of Gio as a promise. */
  const gio = (begin, finish) =>
    new Promise((resolve, reject) => {
      begin((source, result) => {
        try {
          resolve(source[finish](result));
        } catch (cause) {
          reject(
            new KafkaError("connection", `${remote}: ${cause.message}`, { retriable: true, address: remote, cause }),
          );
        }
      });
    });
  const ended = new Gio.Cancellable();
  const cancel = () => ended.cancel();
  signal?.addEventListener("abort", cancel);
  const client = new Gio.SocketClient({ tls: tls !== undefined });
  const address = new Gio.NetworkAddress({ hostname: host, port });
  const connection = await gio((done) => client.connect_async(address, ended, done), "connect_finish");
  signal?.removeEventListener("abort", cancel);
  connection.get_socket().set_option(6, 1, 1); // TCP_NODELAY
  const { input_stream: input, output_stream: output } = connection;
  const close = () => {
    ended.cancel();
    connection.close_async(GLib.PRIORITY_DEFAULT, null, null);
  };
  let resume = () => undefined;
  async function read() {
    for (;;) {
      const block = await gio((done) => input.read_bytes_async(262_144, 0, ended, done), "read_bytes_finish");
      if (block.get_size() === 0 || ended.is_cancelled()) return;
      if (!sink.filled(block.toArray())) await new Promise((resolve) => (resume = resolve));
    }
  }
  read()
    .catch((error) => error)
    .then((error) => ended.is_cancelled() || (close(), sink.closed(error)));
  async function writeAll(chunks) {
    for (let rest of chunks)
      while (rest.length > 0)
        rest = rest.subarray(
          await gio((done) => output.write_bytes_async(new GLib.Bytes(rest), 0, ended, done), "write_bytes_finish"),
        );
  }
  let written = Promise.resolve();
  return { remote, write: (chunks) => (written = written.then(() => writeAll(chunks))), resume: () => resume(), close };
}

/** The platform. It has no `crypto`, so of SASL it has PLAIN, which needs TLS, and OAUTHBEARER. */
export function gioPlatform() {
  const connector = { connect, tlsOptions: [] };
  return {
    runtime: boxedRuntime({ sleep, clock }),
    clock,
    entropy,
    connector,
    log: ({ message }) => printerr(message),
  };
}
