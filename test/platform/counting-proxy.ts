// A proxy for tests: SOCKS5 and HTTP's CONNECT at one port. It counts its tunnels and knows names that no DNS knows.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** The behaviour that a test wants of the proxy. */
export interface ProxyBehaviour {
  /** The names that it resolves, besides those of DNS. */
  readonly names?: Readonly<Record<string, string>>;
  /** The login that it requires. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Refuses every tunnel: a reply of SOCKS5, or a status of HTTP. */
  refuse?: { readonly reply: number; readonly status: string } | undefined;
  /** Accepts connections and never answers. */
  isSilent?: boolean;
  /** The address at which it listens. Default: 127.0.0.1. */
  readonly host?: string;
  /** Speaks TLS to its clients. */
  readonly tls?: TlsOptions;
}

export class CountingProxy {
  /** The targets of the tunnels that were opened, in order: `host:port` as the client named them. */
  readonly targets: string[] = [];
  /** All connections of clients, also those that were refused. */
  connections = 0;
  /** The bytes that went through, in both directions. */
  bytes = 0;
  readonly behaviour: ProxyBehaviour;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(behaviour: ProxyBehaviour) {
    this.behaviour = behaviour;
    const accept = (client: Socket): void => {
      this.connections++;
      this.#keep(client);
      if (this.behaviour.isSilent === true) client.resume();
      else void this.#serve(client).catch(() => client.destroy());
    };
    this.#server = behaviour.tls === undefined ? createServer(accept) : createTlsServer(behaviour.tls, accept);
    this.#server.on("tlsClientError", () => undefined);
  }

  static async start(behaviour: ProxyBehaviour = {}): Promise<CountingProxy> {
    const proxy = new CountingProxy(behaviour);
    proxy.#server.listen(0, behaviour.host ?? "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The tunnels and other connections that are open. */
  get open(): number {
    return this.#sockets.size;
  }

  async stop(): Promise<void> {
    this.cut();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Cuts all tunnels. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  async #serve(client: Socket): Promise<void> {
    const reader = new Reader(client);
    const [first = 0] = await reader.take(1);
    if (first === 5) await this.#socks(client, reader);
    else await this.#http(client, reader, String.fromCharCode(first));
  }

  async #socks(client: Socket, reader: Reader): Promise<void> {
    const { login, refuse } = this.behaviour;
    const [count = 0] = await reader.take(1);
    const methods = [...(await reader.take(count))];
    const method = login === undefined ? 0 : methods.includes(2) ? 2 : 255;
    client.write(Buffer.of(5, method));
    if (method === 255) return void client.end();
    if (method === 2) {
      const [, userLength = 0] = await reader.take(2);
      const user = (await reader.take(userLength)).toString();
      const password = (await reader.take((await reader.take(1))[0] ?? 0)).toString();
      const isRight = user === login?.user && password === login.password;
      client.write(Buffer.of(1, isRight ? 0 : 1));
      if (!isRight) return void client.end();
    }
    const [, , , type = 0] = await reader.take(4);
    const host = await addressOf(type, reader);
    const port = (await reader.take(2)).readUInt16BE();
    if (refuse !== undefined) return void client.end(Buffer.of(5, refuse.reply, 0, 1, 0, 0, 0, 0, 0, 0));
    this.#tunnel(client, reader, host, port, (code) => Buffer.of(5, code, 0, 1, 0, 0, 0, 0, 0, 0));
  }

  async #http(client: Socket, reader: Reader, first: string): Promise<void> {
    const { login, refuse } = this.behaviour;
    let head = first;
    while (!head.endsWith("\r\n\r\n")) head += (await reader.take(1)).toString("latin1");
    const [, name = "", port] = /^CONNECT (\S+):(\d+) HTTP\/1\.1\r\n/.exec(head) ?? [];
    const basic = Buffer.from(`${login?.user ?? ""}:${login?.password ?? ""}`).toString("base64");
    if (login !== undefined && !head.includes(`\r\nProxy-Authorization: Basic ${basic}\r\n`))
      return void client.end('HTTP/1.1 407 Login, please\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n');
    if (refuse !== undefined) return void client.end(`HTTP/1.1 ${refuse.status}\r\nContent-Length: 0\r\n\r\n`);
    const host = name.replace(/^\[(.*)\]$/, "$1");
    this.#tunnel(client, reader, host, Number(port), (code) =>
      Buffer.from(code === 0 ? "HTTP/1.1 200 Connection established\r\n\r\n" : "HTTP/1.1 502 Bad Gateway\r\n\r\n"),
    );
  }

  #tunnel(client: Socket, reader: Reader, host: string, port: number, answer: (code: number) => Buffer): void {
    const { names = {} } = this.behaviour;
    const broker = connect({ host: names[host] ?? host, port, noDelay: true });
    this.#keep(broker);
    let isOpen = false;
    broker.once("connect", () => {
      isOpen = true;
      this.targets.push(`${host.includes(":") ? `[${host}]` : host}:${port}`);
      client.write(answer(0));
      broker.write(reader.leave());
      for (const [from, to] of [
        [client, broker],
        [broker, client],
      ] as const) {
        from.on("data", (chunk: Buffer) => (this.bytes += chunk.length));
        from.pipe(to);
      }
    });
    client.on("close", () => broker.destroy());
    broker.on("close", () => (isOpen ? client.destroy() : client.end(answer(5))));
  }
}

async function addressOf(type: number, reader: Reader): Promise<string> {
  if (type === 1) return [...(await reader.take(4))].join(".");
  if (type === 3) return (await reader.take((await reader.take(1))[0] ?? 0)).toString();
  const words = await reader.take(16);
  return Array.from({ length: 8 }, (_, i) => words.readUInt16BE(2 * i).toString(16)).join(":");
}

/** Reads exact numbers of bytes. */
class Reader {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  readonly #onData = (chunk: Buffer): void => {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#wake();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", this.#onData);
    socket.on("close", () => this.#wake());
  }

  async take(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) {
      if (this.#socket.destroyed) throw new Error("closed");
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  /** Stops reading. Returns the bytes that nothing has taken. */
  leave(): Buffer {
    this.#socket.pause();
    this.#socket.removeListener("data", this.#onData);
    return this.#bytes;
  }
}
