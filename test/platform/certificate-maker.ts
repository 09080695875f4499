// Makes X.509 certificates while a test runs: openssl may be missing, and fixed ones expire.
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { createSecureContext } from "node:tls";

/** A certificate with its private key, both in PEM. */
export interface Made {
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}

/** The contents of a certificate. */
export interface CertificateRequest {
  /** The common name. */
  readonly name: string;
  /** Host names that it is for. */
  readonly hosts?: readonly string[];
  /** IPv4 addresses that it is for. */
  readonly addresses?: readonly string[];
  /** Its validity, as dates that `Date` reads. Default: ten years around now. */
  readonly from?: string;
  readonly to?: string;
  /** Whether it may sign others. */
  readonly isAuthority?: boolean;
}

const YEAR_MS = 365 * 86_400_000;

/** A certificate authority. */
export class Authority {
  /** Its own certificate, which it signed itself, and its key. */
  readonly made: Made;
  readonly #name: string;

  constructor(name: string, request: Omit<CertificateRequest, "name"> = {}) {
    this.#name = name;
    this.made = make({ name, isAuthority: true, ...request });
  }

  /** Its own certificate, in PEM. */
  get cert(): string {
    return this.made.cert;
  }

  /** A new certificate with a new key. */
  issue(request: CertificateRequest): Made {
    return make(request, { name: this.#name, privateKey: this.made.privateKey });
  }
}

/** A private key, encrypted by a passphrase. */
export function encryptedKey(key: string, passphrase: string, type: "pkcs8" | "sec1" = "pkcs8"): string {
  return createPrivateKey(key).export({ type, format: "pem", cipher: "aes-256-cbc", passphrase }).toString();
}

/**
 * An encrypted key for which OpenSSL gives this code with a wrong passphrase. With one of 256 the result happens to end
 * in valid padding: then the code is not ERR_OSSL_BAD_DECRYPT but that of a text which is no key.
 */
export function keyRefusing(
  wrong: string,
  code: "ERR_OSSL_BAD_DECRYPT" | "ERR_OSSL_UNSUPPORTED",
  key: string,
  type: "pkcs8" | "sec1" = "pkcs8",
): string {
  for (;;) {
    const encrypted = encryptedKey(key, "right", type);
    try {
      createSecureContext({ key: encrypted, passphrase: wrong });
    } catch (error) {
      if ((error as { readonly code?: string }).code === code) return encrypted;
    }
  }
}

function make(request: CertificateRequest, issuer?: { readonly name: string; readonly privateKey: KeyObject }): Made {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const { from, to } = request;
  const algorithm = sequence(oid("1.2.840.10045.4.3.2")); // ecdsa-with-SHA256
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    commonName(issuer?.name ?? request.name),
    sequence(time(new Date(from ?? Date.now() - 5 * YEAR_MS)), time(new Date(to ?? Date.now() + 5 * YEAR_MS))),
    commonName(request.name),
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(...extensions(request))),
  );
  const signature = sign("sha256", body, issuer?.privateKey ?? privateKey);
  return {
    cert: pem("CERTIFICATE", sequence(body, algorithm, bits(signature))),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    privateKey,
  };
}

function extensions({ hosts = [], addresses = [], isAuthority = false }: CertificateRequest): readonly Buffer[] {
  const names = [
    ...hosts.map((host) => tagged(0x82, Buffer.from(host))),
    ...addresses.map((address) => tagged(0x87, Buffer.from(address.split(".").map(Number)))),
  ];
  const yes = tagged(0x01, Buffer.from([0xff]));
  return [
    ...(isAuthority ? [sequence(oid("2.5.29.19"), yes, octets(sequence(yes)))] : []),
    ...(names.length === 0 ? [] : [sequence(oid("2.5.29.17"), octets(sequence(...names)))]),
    ...(isAuthority
      ? []
      : [sequence(oid("2.5.29.37"), octets(sequence(oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2"))))]),
  ];
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
const integer = (value: Buffer): Buffer => tagged(0x02, value);
const octets = (value: Buffer): Buffer => tagged(0x04, value);
const bits = (value: Buffer): Buffer => tagged(0x03, Buffer.from([0]), value);

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const septets = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) septets.unshift((left & 0x7f) | 0x80);
    bytes.push(...septets);
  }
  return tagged(0x06, Buffer.from(bytes));
}

function commonName(name: string): Buffer {
  return sequence(tagged(0x31, sequence(oid("2.5.4.3"), tagged(0x0c, Buffer.from(name)))));
}

/** A date up to 2049. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\D/g, "");
  return tagged(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
