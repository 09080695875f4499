import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the endpoint answers. */
export type TokenMode =
  | "ok"
  | "unauthorized"
  | "unavailable"
  | "garbage"
  | "html"
  | "no token"
  | "expired"
  | "other key"
  | "other audience"
  | "hang"
  | "reset"
  | "redirect"
  | "endless";

const AUDIENCE = "kafka";
/** Texts that must not be in any error or log line. */
export const PLANTED = "planted-endpoint-secret";

/** An endpoint of OpenID Connect: it issues tokens for client credentials, and publishes its key for the broker. */
export class TokenServer {
  /** How the next requests for tokens are answered. */
  mode: TokenMode = "ok";
  /** The lifetime of tokens. */
  lifetimeSeconds = 300;
  /** Requests for tokens so far. */
  requests = 0;
  /** Secrets by client. */
  readonly clients: ReadonlyMap<string, string> = new Map([
    ["alice", "alice-oidc-secret"],
    ["mallory", "mallory-oidc-secret"],
    ["client:1 +/%ü", "se:cret +/%&=ü"],
  ]);
  readonly #own = generateKeyPairSync("rsa", { modulusLength: 2048 });
  readonly #stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
  readonly #server: Server;
  readonly #port: number;

  static async start(): Promise<TokenServer> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const tokens = new TokenServer(server);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => tokens.answer(request, response));
    return tokens;
  }

  private constructor(server: Server) {
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get endpoint(): string {
    return `${this.issuer}/token`;
  }

  /** A token, without a request. */
  mint(subject: string, mode: TokenMode = "ok"): string {
    const now = Math.floor(Date.now() / 1000);
    const endsAt = mode === "expired" ? now - 60 : now + this.lifetimeSeconds;
    return jwt(mode === "other key" ? this.#stranger.privateKey : this.#own.privateKey, {
      iss: this.issuer,
      aud: mode === "other audience" ? "somebody-else" : AUDIENCE,
      sub: subject,
      iat: Math.min(now, endsAt - 1),
      exp: endsAt,
      jti: randomUUID(),
    });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === "/jwks") {
      const { kty, n, e } = this.#own.publicKey.export({ format: "jwk" });
      json(response, 200, { keys: [{ kty, n, e, kid: "own", alg: "RS256", use: "sig" }] });
      return;
    }
    this.requests++;
    request.resume().once("end", () => this.token(request, response));
  }

  private token(request: IncomingMessage, response: ServerResponse): void {
    switch (this.mode) {
      case "hang":
        return;
      case "reset":
        request.socket.destroy();
        return;
      case "redirect":
        response.writeHead(302, { location: `/elsewhere?${PLANTED}` }).end();
        return;
      case "html":
        response.writeHead(200, { "content-type": "text/html" }).end(`<p>${PLANTED}</p>`);
        return;
      case "garbage":
        response.writeHead(200, { "content-type": "application/json" }).end(`{"access_token": "${PLANTED}`);
        return;
      case "no token":
        return json(response, 200, { token_type: "Bearer", note: PLANTED });
      case "unauthorized":
        return refuse(response, 401, "invalid_client", "no such client");
      case "unavailable":
        return refuse(response, 503, "temporarily_unavailable", "come back later");
      case "endless":
        endless(response);
        return;
      default: {
        const user = this.authenticated(request.headers.authorization ?? "");
        if (user === undefined) return refuse(response, 401, "invalid_client", "client id or secret is wrong");
        const expires_in = this.lifetimeSeconds;
        json(response, 200, { access_token: this.mint(user, this.mode), token_type: "Bearer", expires_in });
      }
    }
  }

  /** The client that a header of basic authentication proves: as it stands, or url-encoded (RFC 6749, 2.3.1). */
  private authenticated(header: string): string | undefined {
    const plain = Buffer.from(header.replace(/^Basic /, ""), "base64").toString();
    for (const [id, secret] of this.clients) {
      const isPlain = plain === `${id}:${secret}` && !/[^\w-]/.test(id);
      if (isPlain || plain === `${formEncoded(id)}:${formEncoded(secret)}`) return id;
    }
    return undefined;
  }
}

/** A token without a signature, as brokers take it that have no token server. */
export function unsecuredToken(subject: string, lifetimeSeconds = 300): string {
  const now = Math.floor(Date.now() / 1000);
  return `${encoded({ alg: "none" })}.${encoded({ sub: subject, iat: now, exp: now + lifetimeSeconds })}.`;
}

function jwt(key: KeyObject, claims: object): string {
  const body = `${encoded({ alg: "RS256", typ: "JWT", kid: "own" })}.${encoded(claims)}`;
  return `${body}.${sign("sha256", Buffer.from(body), key).toString("base64url")}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function formEncoded(value: string): string {
  return new URLSearchParams([["", value]]).toString().slice(1);
}

function refuse(response: ServerResponse, status: number, error: string, error_description: string): void {
  json(response, status, { error, error_description, trace: PLANTED });
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

/** An answer without end, as fast as it is read. */
function endless(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" }).write('{"access_token": "');
  const part = "a".repeat(65_536);
  const more = (): void => {
    while (!response.destroyed && response.write(part));
  };
  response.on("drain", more);
  more();
}
