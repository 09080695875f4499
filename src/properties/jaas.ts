import { KafkaError } from "../errors/kafka-error.ts";

/** The login module of `sasl.jaas.config`, with its options. */
export interface JaasConfig {
  /** The module's class without its package, for example `ScramLoginModule`. */
  readonly module: string;
  readonly options: ReadonlyMap<string, string>;
}

/** A name, an equals sign, and a value: in quotes with escapes, or up to white space or the semicolon. */
const OPTION = /\s+([\w$.-]+|"(?:\\.|[^"\\])*")\s*=\s*(?:"((?:\\[^]|[^"\\])*)"|'((?:\\[^]|[^'\\])*)'|([^\s;"'=]+))/y;
const HEAD = /\s*([\w$.]+)\s+(required|requisite|sufficient|optional)/iy;

/**
 * Parses the value of `sasl.jaas.config`: `CLASS required name="value" …;`. Throws kind `config`, whose text contains
 * no value, because passwords are among them.
 */
export function parseJaas(text: string): JaasConfig {
  HEAD.lastIndex = 0;
  const head = HEAD.exec(text);
  if (head === null) throw wrong('it must begin with a login module and "required"');
  const options = new Map<string, string>();
  let at = HEAD.lastIndex;
  for (;;) {
    OPTION.lastIndex = at;
    const found = OPTION.exec(text);
    if (found === null) break;
    const [, name = "", double, single, bare = ""] = found;
    const value = (double ?? single)?.replace(/\\([^])/g, "$1") ?? bare;
    options.set(name.replace(/^"|"$/g, ""), value);
    at = OPTION.lastIndex;
  }
  const rest = text.slice(at).trim();
  if (rest === "") throw wrong('the semicolon at its end is missing, or a quote is not closed (";" ends the module)');
  if (!rest.startsWith(";"))
    throw wrong(`it cannot be read after ${[...options.keys()].at(-1) ?? "the module"}: is a quote missing?`);
  if (rest !== ";") throw wrong("it has more than one login module; keep one");
  return { module: (head[1] ?? "").replace(/^.*\./, ""), options };
}

function wrong(why: string): KafkaError {
  return new KafkaError("config", `sasl.jaas.config is not valid: ${why}`);
}
