import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { utf8Encode } from "../wire/utf8.ts";
import { type Credential, readUser } from "./credential.ts";
import { DONE, type SaslExchange, type SaslMechanism, type SaslStep } from "./mechanism.ts";
import { refusal } from "./refusal.ts";

/** A user and its password. */
export interface UserAndPassword {
  /** The user's name. */
  readonly username: Credential;
  /** The password. */
  readonly password: Credential;
}

/** SASL PLAIN (RFC 4616): the password travels as it is, so it needs TLS. */
export function plain(user: UserAndPassword): SaslMechanism {
  return { name: "PLAIN", exchange: () => new PlainExchange(user) };
}

class PlainExchange implements SaslExchange {
  readonly #user: UserAndPassword;
  #password = "";
  principal: string | undefined;

  constructor(user: UserAndPassword) {
    this.#user = user;
  }

  begin(): Uint8Array | Promise<Uint8Array> {
    const user = readUser(this.#user);
    return user instanceof Promise ? user.then((both) => this.#message(...both)) : this.#message(...user);
  }

  next(): SaslStep {
    return DONE; // the answer of a broker that accepts is empty
  }

  refused(text: string): KafkaError {
    return refusal(text, {
      mechanism: "PLAIN",
      user: this.principal,
      secrets: [this.#password],
      hint: "Check username and password of the option sasl",
      code: ErrorCode.SASL_AUTHENTICATION_FAILED,
    });
  }

  #message(username: string, password: string): Uint8Array {
    const wrong = username.includes("\0") ? "username" : password.includes("\0") ? "password" : undefined;
    if (wrong !== undefined)
      throw new KafkaError("config", `sasl: ${wrong} contains the character U+0000, which SASL PLAIN cannot send`);
    this.principal = username;
    this.#password = password;
    return utf8Encode(`\0${username}\0${password}`);
  }
}
