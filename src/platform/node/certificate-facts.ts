import type { X509Certificate } from "node:crypto";
import { nodeCryptoModule } from "./builtin.ts";

/** The parts of a certificate that an error text shows. */
export interface CertificateFacts {
  /** The owner, for example `CN=alice, OU=Clients`. */
  readonly subject: string;
  /** The authority that issued it. */
  readonly issuer: string;
  /** The names that it is for, as Node prints them. */
  readonly names?: string;
  /** The start of its validity, in ms since the epoch. */
  readonly fromMs: number;
  /** The end of its validity, in ms since the epoch. */
  readonly toMs: number;
}

/** A certificate as Node's `getPeerCertificate` describes it; it is empty if there is none. */
interface PeerCertificate {
  readonly subject?: object;
  readonly issuer?: object;
  readonly subjectaltname?: string;
  readonly valid_from?: string;
  readonly valid_to?: string;
}

/** The longest text of a certificate that an error shows. The other end wrote it. */
const LONGEST_TEXT = 200;

/** The facts of the broker's certificate; undefined if the host does not show it. */
export function peerFacts(certificate: unknown): CertificateFacts | undefined {
  const { subject, issuer, subjectaltname, valid_from, valid_to } = (certificate ?? {}) as PeerCertificate;
  if (valid_to === undefined || valid_from === undefined) return undefined;
  return {
    subject: nameText(subject),
    issuer: nameText(issuer),
    ...(subjectaltname === undefined ? {} : { names: printable(subjectaltname) }),
    fromMs: Date.parse(valid_from),
    toMs: Date.parse(valid_to),
  };
}

/** The facts of the first certificate in a PEM text; undefined if the host cannot read it. */
export function pemFacts(pem: string | undefined): CertificateFacts | undefined {
  if (pem === undefined) return undefined;
  try {
    const { X509Certificate: Certificate } = nodeCryptoModule();
    const { subject, issuer, validFrom, validTo }: X509Certificate = new Certificate(pem);
    return {
      subject: lines(subject),
      issuer: lines(issuer),
      fromMs: Date.parse(validFrom),
      toMs: Date.parse(validTo),
    };
  } catch {
    return undefined;
  }
}

/** A date as error texts show it: `2021-01-01`. */
export function dateText(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : "an unknown date";
}

/** The last part of a name stands first in a certificate: the common name is what a reader looks for. */
function lines(name: string): string {
  return printable(name.split("\n").reverse().join(", "));
}

function nameText(name: object | undefined): string {
  return printable(
    Object.entries(name ?? {})
      .map(([key, value]) => `${key}=${String(value)}`)
      .reverse()
      .join(", "),
  );
}

function printable(text: string): string {
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ");
  return plain.length > LONGEST_TEXT ? `${plain.slice(0, LONGEST_TEXT)}…` : plain;
}
