// What the runner says about the listener, for the JavaScript drivers: undefined if it is a plain one.
import { readFileSync } from "node:fs";

const { SECURITY, CA_FILE, SASL_USER, SASL_PASSWORD } = process.env;

/** `{ ca, user, password }`: the authority in PEM, and the user of SASL PLAIN if there is one. */
export const security =
  SECURITY === undefined
    ? undefined
    : {
        ca: readFileSync(CA_FILE, "utf8"),
        ...(SECURITY === "sasl" ? { user: SASL_USER, password: SASL_PASSWORD } : {}),
      };
