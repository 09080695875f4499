/** The content that a PEM option needs. */
export type PemContent = "certificate" | "private key";

/** A block of PEM with its lines, for example `-----BEGIN CERTIFICATE-----` to `-----END CERTIFICATE-----`. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\r?\n[^\\]*?\n-----END \1-----/g;
const CERTIFICATE = /^(?:X509 |TRUSTED )?CERTIFICATE$/;
const KEY = /^(?:[A-Z]+ )*PRIVATE KEY$/;

const TO_PEM = "turn it into PEM by:";

/** The blocks with this content in a PEM text. Text between blocks, as OpenSSL and keytool write it, is left out. */
export function pemBlocks(text: string, content: PemContent): readonly string[] {
  const label = content === "certificate" ? CERTIFICATE : KEY;
  return [...text.matchAll(BLOCK)].filter(([, name = ""]) => label.test(name)).map(([block]) => block);
}

/** PEM as text. Bytes outside ASCII can be only in comments. */
export function pemText(pem: string | Uint8Array): string {
  if (typeof pem === "string") return pem;
  let text = "";
  for (let i = 0; i < pem.length; i += 8192) text += String.fromCharCode(...pem.subarray(i, i + 8192));
  return text;
}

/**
 * Why a value is not PEM with this content, and what to do; undefined if it is. The words follow the name of the option
 * and contain nothing of the value, which may be a secret.
 */
export function wrongPem(pem: string | Uint8Array, content: PemContent): string | undefined {
  if (pem.length === 0) return `is empty: pass a ${content} in PEM`;
  const store = typeof pem === "string" ? undefined : otherFormat(pem, content);
  if (store !== undefined) return store;
  const text = pemText(pem);
  if (text.trim() === "") return `is empty: pass a ${content} in PEM`;
  if (pemBlocks(text, content).length > 0) return undefined;
  return `contains no ${content} in PEM${textAdvice(text, content)}`;
}

/** The formats of files that are often passed instead of PEM, with the command that converts them. */
function otherFormat(bytes: Uint8Array, content: PemContent): string | undefined {
  const isKey = content === "private key";
  const out = isKey ? "key.pem" : "cert.pem";
  const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (start === "feedfeed" || start === "cececece") {
    const type = start === "feedfeed" ? "JKS" : "JCEKS";
    const toPkcs12 = `keytool -importkeystore -srckeystore FILE -srcstoretype ${type} -destkeystore store.p12`;
    return isKey
      ? `is a ${type} key store, not PEM: turn it into PKCS12 by: ${toPkcs12}, and pass the bytes of store.p12 as pfx`
      : `is a ${type} key store, not PEM: ${TO_PEM} keytool -list -rfc -keystore FILE -storetype ${type} > ${out}`;
  }
  const inner = insideSequence(bytes);
  if (inner === undefined) return undefined;
  const [tag, length, first] = inner;
  // PKCS12 begins with the version 3, PKCS#8 and PKCS#1 keys with 0 or 1; a certificate begins with another sequence.
  if (tag === 2 && length === 1 && first === 3)
    return isKey
      ? "is a PKCS12 key store, not PEM: pass it as pfx, instead of cert and key"
      : `is a PKCS12 key store, not PEM: ${TO_PEM} openssl pkcs12 -in FILE -nokeys -out ${out}`;
  return isKey
    ? `is in DER, not PEM: ${TO_PEM} openssl pkey -inform der -in FILE -out ${out}`
    : `is in DER, not PEM: ${TO_PEM} openssl x509 -inform der -in FILE -out ${out}`;
}

/** The first three bytes inside a DER sequence; undefined if the bytes do not begin with one. */
function insideSequence(bytes: Uint8Array): readonly number[] | undefined {
  const [tag, length = 0] = bytes;
  if (tag !== 0x30) return undefined;
  const at = length < 0x80 ? 2 : 2 + (length & 0x7f);
  // The text "0…" begins with the same byte, so the next tag must be one that these formats have.
  return bytes[at] === 0x30 || bytes[at] === 0x02 ? [...bytes.subarray(at, at + 3)] : undefined;
}

/** Names the probable mistake in a text without the needed block. */
function textAdvice(text: string, content: PemContent): string {
  const trimmed = text.trim();
  const line = content === "certificate" ? "-----BEGIN CERTIFICATE-----" : "-----BEGIN PRIVATE KEY-----";
  if (/-----BEGIN [A-Z0-9 ]+-----(?:\\r)?\\n/.test(trimmed))
    return (
      ': its line breaks are the two characters "\\n", as in an environment variable: use ' +
      'text.replaceAll("\\\\n", "\\n")'
    );
  if (/-----BEGIN [A-Z0-9 ]+-----[ \t]*\S/.test(trimmed)) return ": its line breaks are lost";
  if (
    !trimmed.includes("\n") &&
    /^[^-]/.test(trimmed) &&
    /^(?:\.{0,2}[\\/]|~|[A-Za-z]:\\)|\.[a-z0-9]{2,4}$/.test(trimmed)
  )
    return ": it looks like the path of a file: pass the content of the file";
  if (/^LS0tLS1CRUdJTi/.test(trimmed)) return ": it is base64 of PEM: decode it first";
  if (/^MI[A-Za-z0-9+/=\s]+$/.test(trimmed)) return `: the line ${line} and the line that ends it are missing`;
  const wanted = content === "certificate" ? "certificate" : "key";
  const other = content === "certificate" ? "private key" : "certificate";
  if (pemBlocks(text, other).length > 0) return `, but a ${other}: are ca, cert and key in the right places?`;
  return trimmed.includes("-----BEGIN ") ? `: the ${wanted} is cut off` : `: a PEM text begins with ${line}`;
}

/** Whether a private key can be used only with a passphrase. */
export function isEncrypted(key: string): boolean {
  return key.includes("-----BEGIN ENCRYPTED PRIVATE KEY-----") || /^Proc-Type:.*ENCRYPTED/m.test(key);
}
