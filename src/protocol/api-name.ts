import type { Messages } from "./messages/all.ts";

/** An API by Kafka's name, for example `Produce`. */
export type ApiName = {
  [N in keyof Messages]: N extends `${infer A}Request` ? (`${A}Response` extends keyof Messages ? A : never) : never;
}[keyof Messages];

/** The complete decoded request of an API: fields that its version lacks have their defaults. */
export type RequestOf<A extends ApiName> = Messages[`${A}Request`];

/** The complete decoded response of an API. */
export type ResponseOf<A extends ApiName> = Messages[`${A}Response`];
