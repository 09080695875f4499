import { KafkaError } from "../errors/kafka-error.ts";
import { inWords } from "../errors/words.ts";
import { isBytes } from "../wire/is-bytes.ts";
import { FILE_ENTRIES } from "./connection-properties.ts";
import { type Properties, parseProperties } from "./properties.ts";
import { type OptionsOfProperties, optionsOf } from "./read-properties.ts";

/** Reads a file that an entry names. */
export type ReadPropertyFile = (path: string) => Uint8Array | PromiseLike<Uint8Array>;

/**
 * Reads a properties file of Java's clients or of librdkafka, and the files that it names. Rejects with kind `config`
 * that lists every entry that cannot be used.
 */
export async function fromProperties(
  text: unknown,
  readFile: ReadPropertyFile | undefined,
  ignoresUnknown: boolean,
): Promise<OptionsOfProperties> {
  if (typeof text !== "string")
    throw new KafkaError("config", `fromProperties takes the text of a properties file, not ${inWords(text)}`);
  if (/^\S+\.(?:properties|conf|config|cfg|ini)$/.test(text.trim()))
    throw new KafkaError(
      "config",
      "fromProperties takes the text of a properties file, and not its path: read it first",
    );
  const entries = parseProperties(text.replace(/^\uFEFF/, ""));
  const files = await filesOf(entries, readFile);
  return optionsOf(
    entries,
    (path) => {
      const file = files.get(path);
      if (file === undefined) throw new KafkaError("config", "it was not read");
      if (KafkaError.is(file)) throw file;
      return file;
    },
    ignoresUnknown,
  );
}

/** The files that the entries name, or why they cannot be read. */
async function filesOf(
  entries: Properties,
  readFile: ReadPropertyFile | undefined,
): Promise<ReadonlyMap<string, Uint8Array | KafkaError>> {
  const paths = FILE_ENTRIES.flatMap((name) => entries.get(name) ?? []);
  return new Map(await Promise.all(paths.map(async (path) => [path, await fileOf(path, readFile)] as const)));
}

async function fileOf(path: string, readFile: ReadPropertyFile | undefined): Promise<Uint8Array | KafkaError> {
  if (readFile === undefined)
    return new KafkaError("config", "this platform has no files: pass readFile, a function that returns their bytes");
  try {
    const bytes: unknown = await readFile(path);
    return isBytes(bytes)
      ? bytes
      : new KafkaError("config", `readFile returned ${inWords(bytes)} for it, not its bytes`);
  } catch (error) {
    return KafkaError.from(error, "config");
  }
}
