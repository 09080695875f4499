import { KafkaError } from "../errors/kafka-error.ts";
import { inWords } from "../errors/words.ts";

/** The brokers that a tunnel may connect to. A name is compared as it is written, without regard to case. */
export class AllowedAddresses {
  readonly #addresses: ReadonlySet<string>;

  /** Throws kind `config` that names the wrong address. `option` is the name of the option, for the text. */
  constructor(addresses: unknown, option: string) {
    if (!Array.isArray(addresses) || addresses.length === 0)
      throw new KafkaError(
        "config",
        `${option} takes the addresses that may be connected to, such as "broker:9092", not ${inWords(addresses)}`,
      );
    this.#addresses = new Set((addresses as readonly unknown[]).map((address) => checked(address, option)));
  }

  /** Whether a page may connect to this broker. */
  has(host: string, port: number): boolean {
    return this.#addresses.has(keyOf(host, port));
  }
}

function checked(address: unknown, option: string): string {
  const found = typeof address === "string" ? /^(?:\[([\da-f:.]+)\]|([^\s:[\]*]+)):(\d{1,5})$/i.exec(address) : null;
  const port = Number(found?.[3]);
  if (found === null || port < 1 || port > 65_535)
    throw new KafkaError(
      "config",
      `${option} takes addresses of brokers with their ports, such as "broker:9092" or "[::1]:9092", as the brokers ` +
        `advertise them, not ${inWords(address)}`,
    );
  return keyOf(found[1] ?? found[2] ?? "", port);
}

function keyOf(host: string, port: number): string {
  return `${host.toLowerCase().replace(/^\[|\]$/g, "")} ${port}`;
}
