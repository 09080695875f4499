import type { Crypto } from "../../runtime/crypto.ts";
import type { Entropy } from "../../runtime/entropy.ts";
import type { AwsCredentials } from "../../security/aws-credentials.ts";
import type { AwsUser } from "./aws-server-exchange.ts";
import type { PasswordMechanism, ScramMechanism } from "./sasl-name.ts";
import { hashOf } from "./scram-exchange.ts";
import { ITERATIONS, type ScramCredential, saltedCredential, scramCredential } from "./scram-credential.ts";

/** A user of the embedded cluster. */
export interface EmbeddedUser {
  /** The password, for PLAIN and SCRAM. A user has one, or `aws`, or both. */
  readonly password?: string;
  /** The mechanisms by which the user can log in. Default: all that are enabled and use passwords. */
  readonly mechanisms?: readonly PasswordMechanism[];
  /** The access key for AWS_MSK_IAM. Sessions end with its `expiresAtMs`. */
  readonly aws?: AwsCredentials;
}

/** A salted password, as an administrator sets it. */
export interface SaltedPassword {
  readonly salt: Uint8Array;
  readonly saltedPassword: Uint8Array;
  readonly iterations: number;
}

/** A SCRAM mechanism of a user. */
export interface ScramInfo {
  readonly mechanism: ScramMechanism;
  readonly iterations: number;
}

interface StoredCredential {
  readonly iterations: number;
  readonly credential: () => Promise<ScramCredential>;
}

const SALT_BYTES = 26;
const SCRAM: readonly ScramMechanism[] = ["SCRAM-SHA-256", "SCRAM-SHA-512"];

/** The users of a cluster and their passwords. Changes have an effect on the next authentication. */
export class Users {
  readonly #crypto: Crypto | undefined;
  readonly #entropy: Entropy;
  readonly #plain = new Map<string, string>();
  /** By the id of the access key. */
  readonly #aws = new Map<string, AwsUser>();
  /** By user and mechanism. The credential of a password is derived when it is first needed. */
  readonly #scram = new Map<string, Map<ScramMechanism, StoredCredential>>();

  constructor(
    users: Readonly<Record<string, EmbeddedUser>>,
    enabled: readonly string[],
    crypto: Crypto | undefined,
    entropy: Entropy,
  ) {
    this.#crypto = crypto;
    this.#entropy = entropy;
    for (const [name, { password, mechanisms, aws }] of Object.entries(users)) {
      if (aws !== undefined) this.#aws.set(aws.accessKeyId, { name, credentials: { ...aws } });
      if (password === undefined) continue;
      const isFor = (mechanism: PasswordMechanism): boolean =>
        enabled.includes(mechanism) && mechanisms?.includes(mechanism) !== false;
      if (isFor("PLAIN")) this.#plain.set(name, password);
      if (crypto === undefined) continue;
      for (const mechanism of SCRAM.filter(isFor))
        this.#put(name, mechanism, ITERATIONS.least, () =>
          scramCredential(crypto, hashOf(mechanism), password, this.#salt()),
        );
    }
  }

  /** The password for PLAIN; undefined if the user cannot log in by it. */
  plainPassword(name: string): string | undefined {
    return this.#plain.get(name);
  }

  /** The user with this access key; undefined if there is none. */
  aws(accessKeyId: string): AwsUser | undefined {
    return this.#aws.get(accessKeyId);
  }

  /** Undefined if the user cannot log in by the mechanism. */
  async scram(name: string, mechanism: ScramMechanism): Promise<ScramCredential | undefined> {
    return this.#scram.get(name)?.get(mechanism)?.credential();
  }

  /** The names that have a password for some SCRAM mechanism. */
  get scramNames(): readonly string[] {
    return [...this.#scram.keys()];
  }

  /** The SCRAM mechanisms of a user, and their iterations. */
  scramInfos(name: string): readonly ScramInfo[] {
    return Array.from(this.#scram.get(name) ?? [], ([mechanism, { iterations }]) => ({ mechanism, iterations }));
  }

  /** Whether passwords for SCRAM can be stored: the platform has cryptography. */
  get canHash(): boolean {
    return this.#crypto !== undefined;
  }

  /** Sets a user's password for one SCRAM mechanism. The password for others stays. */
  setScram(name: string, mechanism: ScramMechanism, { salt, saltedPassword, iterations }: SaltedPassword): void {
    const crypto = this.#crypto;
    if (crypto === undefined) return;
    this.#put(name, mechanism, iterations, () =>
      saltedCredential(crypto, hashOf(mechanism), saltedPassword, salt, iterations),
    );
  }

  deleteScram(name: string, mechanism: ScramMechanism): void {
    const mine = this.#scram.get(name);
    mine?.delete(mechanism);
    if (mine?.size === 0) this.#scram.delete(name);
  }

  #put(name: string, mechanism: ScramMechanism, iterations: number, derive: () => Promise<ScramCredential>): void {
    const mine = this.#scram.get(name) ?? new Map<ScramMechanism, StoredCredential>();
    this.#scram.set(name, mine);
    let derived: Promise<ScramCredential> | undefined;
    mine.set(mechanism, { iterations, credential: () => (derived ??= derive()) });
  }

  #salt(): Uint8Array {
    const salt = new Uint8Array(SALT_BYTES);
    this.#entropy.fill(salt);
    return salt;
  }
}
