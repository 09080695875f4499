/** The mechanisms that the embedded cluster has, by the names that brokers list. */
export const SASL_MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "AWS_MSK_IAM"] as const;

/** A SASL mechanism of the embedded cluster, by Java's name. */
export type EmbeddedSaslMechanism = (typeof SASL_MECHANISMS)[number];

/** The mechanisms whose users have passwords. */
export type PasswordMechanism = Exclude<EmbeddedSaslMechanism, "OAUTHBEARER" | "AWS_MSK_IAM">;

/** The mechanisms whose users have salted and hashed passwords. */
export type ScramMechanism = Exclude<PasswordMechanism, "PLAIN">;

/** A user name as it stands in messages of SCRAM and OAUTHBEARER: `=` and `,` are escaped. */
export const SASL_NAME = "(?:[\\x01-\\x2B\\x2D-\\x3C\\x3E-\\x7F]|=2C|=3D)+";

/** The name that was escaped in a message. */
export function unescapedName(text: string): string {
  return text.replaceAll("=2C", ",").replaceAll("=3D", "=");
}
