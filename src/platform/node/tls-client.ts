import { isIP, type Socket } from "node:net";
import type { ConnectionOptions, PeerCertificate, TLSSocket } from "node:tls";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { ByteSink } from "../../runtime/byte-stream.ts";
import type { TlsTarget, TlsValues } from "../../runtime/tls-values.ts";
import { nodeTls } from "./builtin.ts";
import { type CertificateFacts, peerFacts, pemFacts } from "./certificate-facts.ts";
import { onread } from "./onread.ts";
import { type HostError, OWN_VERDICT, type TlsFault, tlsFault, tlsOptionFault } from "./tls-fault.ts";
import { checkForHost } from "./tls-host.ts";

/** The options of TLS for one broker: makes its sockets, and explains their errors. */
export class TlsClient {
  readonly #values: TlsValues;
  readonly #target: TlsTarget;
  /** Whether a function returned certificates or keys: the next attempt may get others. */
  readonly #mayChange: boolean;
  #peer: CertificateFacts | undefined;

  constructor(values: TlsValues, target: TlsTarget, mayChange: boolean) {
    this.#values = values;
    this.#target = target;
    this.#mayChange = mayChange;
    this.#trying(() => checkForHost(values, this.#address));
  }

  /** A socket that connects to one of the broker's addresses. Throws kind `config` if the host refuses the options. */
  open(address: string, sink: ByteSink | undefined): TLSSocket {
    return this.#trying(() => {
      const socket = nodeTls().connect({
        ...this.#options(address),
        host: address,
        port: this.#target.port,
        // `onread` also works for TLS sockets, unless they are created over another socket; the types do not say so.
        ...(sink === undefined ? {} : { onread: onread(sink) }),
      });
      return this.#watched(socket);
    });
  }

  /** A socket that speaks TLS over a connected one, to which nothing else listens any more. Throws as {@link open}. */
  over(tunnel: Socket): TLSSocket {
    return this.#trying(() =>
      this.#watched(nodeTls().connect({ ...this.#options(""), host: this.#target.host, socket: tunnel })),
    );
  }

  #watched(socket: TLSSocket): TLSSocket {
    // Node refuses the certificate in a later listener of this event, and forgets it then. Errors show its dates and
    // names. Bun does not show it then, and Deno does not emit the event.
    socket.prependOnceListener("secure", () => this.#seen(socket.getPeerCertificate()));
    return socket;
  }

  /** The meaning of an error of such a socket; undefined if it does not concern TLS. */
  fault(error: HostError, isOpening: boolean): TlsFault | undefined {
    const { cert, pfx, ca, identity, minVersion, maxVersion } = this.#values;
    const versions = minVersion ?? maxVersion;
    return tlsFault(error, {
      identity,
      nowMs: Date.now(),
      peer: this.#peer ?? peerFacts(error.cert),
      get client() {
        return pemFacts(cert); // read only if the broker refused it
      },
      hasClientCertificate: cert !== undefined || pfx !== undefined,
      hasCa: ca !== undefined,
      versions: versions === undefined ? undefined : `${minVersion ?? "any"} to ${maxVersion ?? "any"}`,
      isOpening,
    });
  }

  get #address(): string {
    return `${this.#target.host}:${this.#target.port}`;
  }

  #options(address: string): ConnectionOptions {
    const { alpnProtocols, identity, rejectUnauthorized, checkServerIdentity, ca, ...rest } = this.#values;
    const options: ConnectionOptions = {
      ...(rest as ConnectionOptions),
      // Set explicitly: NODE_TLS_REJECT_UNAUTHORIZED must not switch verification off.
      rejectUnauthorized,
      ...(ca === undefined ? {} : { ca: [...ca] }),
      ...(alpnProtocols === undefined ? {} : { ALPNProtocols: [...alpnProtocols] }),
    };
    // The host checks the SNI name, else the address that was dialled. It must be ours that is checked.
    if (checkServerIdentity !== undefined || (isIP(identity) !== 0 && identity !== address))
      options.checkServerIdentity = (_, certificate) => this.#identityError(certificate);
    return options;
  }

  #identityError(certificate: PeerCertificate): Error | undefined {
    this.#seen(certificate);
    const { identity, checkServerIdentity } = this.#values;
    if (checkServerIdentity === undefined) return nodeTls().checkServerIdentity(identity, certificate);
    let error: unknown;
    try {
      error = checkServerIdentity(identity, certificate);
      if (error === undefined) return undefined;
    } catch (thrown) {
      error = thrown; // it would end the process, as it is called from the socket's event
    }
    const { message } = KafkaError.from(error);
    return Object.assign(new Error(message, { cause: error }), { code: OWN_VERDICT });
  }

  #seen(certificate: unknown): void {
    this.#peer = peerFacts(certificate) ?? this.#peer;
  }

  /** Errors of the options themselves have no cause: the host's error may show a part of a key. */
  #trying<T>(use: () => T): T {
    try {
      return use();
    } catch (error) {
      if (KafkaError.is(error)) throw error;
      const { code, message } = error as Partial<HostError>;
      const { kind, words } = tlsOptionFault({ code: code ?? "", message: message ?? "" });
      const address = this.#address;
      throw new KafkaError(kind, `cannot connect to ${address}: ${words}`, {
        retriable: kind === "config" && this.#mayChange,
        address,
        outcome: "notWritten",
      });
    }
  }
}
