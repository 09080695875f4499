import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Authority, type Made } from "../../platform/certificate-maker.ts";

/** The files that a broker reads: a key with its certificate, and the authority that it trusts. */
export interface BrokerCertificates {
  readonly authority: string;
  readonly good: string;
  readonly expired: string;
  readonly elsewhere: string;
}

const PAST = { from: "2020-01-01", to: "2021-01-01" };
const HERE = { hosts: ["localhost"], addresses: ["127.0.0.1"] };

/** The authorities and certificates of one cluster and its clients. They are made while the test runs. */
export class Certificates {
  readonly root = new Authority("Test Root");
  readonly other = new Authority("Other Root");
  readonly files: BrokerCertificates;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    const authority = join(folder, "authority.pem");
    writeFileSync(authority, this.root.cert);
    this.files = {
      authority,
      good: this.keyStore("good", this.root.issue({ name: "broker", ...HERE })),
      expired: this.keyStore("expired", this.root.issue({ name: "broker", ...HERE, ...PAST })),
      elsewhere: this.keyStore("elsewhere", this.root.issue({ name: "broker", hosts: ["kafka.example.org"] })),
    };
  }

  /** The authority that clients must trust. */
  get ca(): string {
    return this.root.cert;
  }

  /** A client's certificate, as the option `tls` takes it. */
  client(name: string, how: { readonly isExpired?: boolean; readonly by?: Authority } = {}): ClientCertificate {
    const { by = this.root, isExpired = false } = how;
    const { cert, key } = by.issue({ name, ...(isExpired ? PAST : {}) });
    return { cert, key };
  }

  /** A certificate for this host by the other authority, in a file for the broker. */
  renewed(): string {
    return this.keyStore("renewed", this.other.issue({ name: "broker", ...HERE }));
  }

  private keyStore(name: string, { cert, key }: Made): string {
    const file = join(this.#folder, `${name}.pem`);
    writeFileSync(file, key + cert, { mode: 0o600 });
    return file;
  }
}

export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}
