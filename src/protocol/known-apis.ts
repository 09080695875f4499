import { KafkaError } from "../errors/kafka-error.ts";
import { nearest, plainly } from "../errors/words.ts";
import type { ApiName } from "./api-name.ts";
import { API_TABLE } from "./messages/api-table.ts";

/** An API without the formats of its messages. */
export interface KnownApi {
  readonly name: ApiName;
  readonly key: number;
  /** The versions that this client has. */
  readonly min: number;
  readonly max: number;
}

/** All APIs that clients can call, in the order of their names. */
export function knownApis(): readonly KnownApi[] {
  return API_TABLE.split(",").flatMap((row): readonly KnownApi[] => {
    const [name = "", key, min, max] = row.split(" ");
    return name === "" ? [] : [{ name: name as ApiName, key: Number(key), min: Number(min), max: Number(max) }];
  });
}

/** The API with a name. Throws kind `config` that names similar ones; `path` says where the name stands. */
export function knownApi(name: unknown, path: string): KnownApi {
  const apis = knownApis();
  const api = apis.find((one) => one.name === name);
  if (api !== undefined) return api;
  const names = apis.map((one) => one.name);
  const given = plainly(name).replace(/(?:Request|Response|Api)$/, "");
  const near = names.find((known) => known === given) ?? nearest(given, names);
  const similar = names.filter((known) => given.length >= 4 && known !== near && known.startsWith(given.slice(0, 6)));
  const meant = [...(near === undefined ? [] : [near]), ...similar].slice(0, 4);
  const advice =
    meant.length === 0
      ? "names are Kafka's own, for example Metadata or DescribeLogDirs"
      : `did you mean ${meant.join(" or ")}?`;
  throw new KafkaError("config", `${path}: there is no API "${plainly(name)}"; ${advice}`, { outcome: "notWritten" });
}
