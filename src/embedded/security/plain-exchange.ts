import { areEqual } from "../../security/equal-bytes.ts";
import { utf8Decode, utf8Encode } from "../../wire/utf8.ts";
import { NOTHING, type ServerExchange, type ServerStep } from "./server-exchange.ts";
import type { Users } from "./users.ts";

/** More parts are not counted. */
const MOST_PARTS = 4;

/** The broker's side of PLAIN (RFC 4616), with Kafka's texts. */
export function plainExchange(users: Users): ServerExchange {
  return { next: (message) => verify(utf8Decode(message), users) };
}

function verify(message: string, users: Users): ServerStep {
  const parts = message.split("\0").slice(0, MOST_PARTS);
  const [authorizationId = "", user = "", password = ""] = parts;
  if (parts.length !== 3)
    return { kind: "refused", text: `Invalid SASL/PLAIN response: expected 3 tokens, got ${parts.length}` };
  if (user === "") return refused("username not specified");
  if (password === "") return refused("password not specified");
  const known = users.plainPassword(user);
  if (known === undefined || !areEqual(utf8Encode(known), utf8Encode(password)))
    return refused("Invalid username or password");
  if (authorizationId !== "" && authorizationId !== user)
    return refused("Client requested an authorization id that is different from username");
  return { kind: "accepted", bytes: NOTHING, user };
}

function refused(why: string): ServerStep {
  return { kind: "refused", text: `Authentication failed: ${why}` };
}
