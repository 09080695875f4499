import { KafkaError } from "../errors/kafka-error.ts";
import { plainly, nearest } from "../errors/words.ts";
import type { ApiName, RequestOf, ResponseOf } from "./api-name.ts";
import { schemas } from "./messages/all.ts";
import type { Api, MessageSchema } from "./schema.ts";

const REQUEST = "Request";

/** The names of all APIs that clients can call, in alphabetical order. */
export function apiNames(): readonly ApiName[] {
  return Object.keys(schemas)
    .filter((name) => name.endsWith(REQUEST))
    .map((name) => name.slice(0, -REQUEST.length) as ApiName);
}

/** The API with a name. Throws kind `config` that names similar ones; `path` says where the name stands. */
export function apiNamed<N extends ApiName>(name: N | string, path: string): Api<RequestOf<N>, ResponseOf<N>> {
  const request = typeof name === "string" ? schemaOf(`${name}Request`) : undefined;
  const response = typeof name === "string" ? schemaOf(`${name}Response`) : undefined;
  if (request === undefined || response === undefined) throw unknownApi(name, path);
  return {
    key: request.apiKey,
    name,
    request: request as MessageSchema<RequestOf<N>>,
    response: response as MessageSchema<ResponseOf<N>>,
  };
}

/** The name of an API by its key; `API 99` if this version does not know it. */
export function apiNameOf(key: number): string {
  return apiNames().find((name) => schemaOf(`${name}Request`)?.apiKey === key) ?? `API ${key}`;
}

function schemaOf(name: string): MessageSchema<unknown> | undefined {
  return Object.hasOwn(schemas, name) ? (schemas as Readonly<Record<string, MessageSchema<unknown>>>)[name] : undefined;
}

function unknownApi(name: unknown, path: string): KafkaError {
  const names = apiNames();
  const given = plainly(name).replace(/(?:Request|Response|Api)$/, "");
  const near = names.find((known) => known === given) ?? nearest(given, names);
  const similar = names.filter((known) => given.length >= 4 && known !== near && known.startsWith(given.slice(0, 6)));
  const meant = [...(near === undefined ? [] : [near]), ...similar].slice(0, 4);
  const advice =
    meant.length === 0
      ? "names are Kafka's own, for example Metadata or DescribeLogDirs"
      : `did you mean ${meant.join(" or ")}?`;
  return new KafkaError("config", `${path}: there is no API "${plainly(name)}"; ${advice}`, { outcome: "notWritten" });
}
