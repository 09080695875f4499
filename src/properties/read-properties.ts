import { detailsOf, KafkaError } from "../errors/kafka-error.ts";
import { counted } from "../errors/counted.ts";
import { nearest, plainly } from "../errors/words.ts";
import type { ConsumerOptions } from "../consumer/options.ts";
import type { ProducerOptions } from "../producer/options.ts";
import { connectionOf, insteadOfTls, isTlsEntry, type ReadFile, securityOf } from "./connection-properties.ts";
import type { Properties } from "./properties.ts";
import { ADVICE } from "./property-advice.ts";
import { RULES } from "./property-rules.ts";
import { insteadOfSasl, mechanismOf } from "./sasl-properties.ts";

/** An entry that was not used. */
export interface UnknownProperty {
  /** Its name. */
  readonly name: string;
  /** Why it was not used, and what to use instead. */
  readonly reason: string;
}

/** The options that the entries set. */
export interface OptionsOfProperties {
  /** The options of a `Kafka`. */
  readonly kafka: Readonly<Record<string, unknown>>;
  readonly producer: ProducerOptions;
  readonly consumer: ConsumerOptions;
  /** The entries that were not used. */
  readonly unknown: readonly UnknownProperty[];
}

type Options = Record<string, unknown>;

/**
 * The options that entries set. Throws kind `config` that lists every wrong value and, unless `ignoresUnknown`, every
 * entry that no option corresponds to. An entry of TLS or SASL that cannot be followed is always an error: without it
 * the connection would be another one. No text contains a value that may be a secret.
 */
export function optionsOf(entries: Properties, readFile: ReadFile, ignoresUnknown: boolean): OptionsOfProperties {
  const sections: Record<string, Options> = { kafka: {}, producer: {}, consumer: {} };
  const setBy = new Map<string, string>();
  const problems: UnknownProperty[] = [];
  const unknown: UnknownProperty[] = [];
  for (const [name, value] of entries) {
    const rule = RULES.find(({ names }) => names.includes(name));
    if (rule === undefined) {
      const reason = isSecurity(name) ? securityProblem(name, entries) : otherProblem(name, value);
      if (reason !== undefined) (isSecurity(name) ? problems : unknown).push({ name, reason });
      continue;
    }
    const section = sections[rule.of] ?? {};
    const other = setBy.get(`${rule.of}.${rule.option}`);
    try {
      const read = rule.read(value);
      if (other !== undefined && section[rule.option] !== read)
        throw new KafkaError("config", `contradicts ${other}, which sets the same option`);
      section[rule.option] = read;
      setBy.set(`${rule.of}.${rule.option}`, name);
    } catch (error) {
      problems.push({ name, reason: KafkaError.from(error).message });
    }
  }
  const { kafka = {}, producer = {}, consumer = {} } = sections;
  problems.push(...compressionLevel(entries, producer));
  if (producer["partitionerRackAware"] === true && consumer["clientRack"] !== undefined)
    producer["clientRack"] = consumer["clientRack"];
  const all = [...problems, ...(ignoresUnknown ? [] : unknown)];
  if (all.length > 0) throw listed(all, unknown.length > 0 && problems.length === 0);
  const { tls, sasl } = withoutValue(() => connectionOf(entries, readFile));
  return {
    kafka: { ...kafka, ...(tls === undefined ? {} : { tls }), ...(sasl === undefined ? {} : { sasl }) },
    producer,
    consumer,
    unknown,
  };
}

function isSecurity(name: string): boolean {
  return isTlsEntry(name) || /^(?:sasl|security|config)\./.test(name);
}

/** Why an entry about security cannot be followed; undefined if it can be. */
function securityProblem(name: string, entries: Properties): string | undefined {
  if (name === "security.protocol") return undefined;
  const instead = insteadOfTls(name) ?? insteadOfSasl(name, mechanismOf(entries));
  if (instead !== undefined) return instead;
  if (!isTlsEntry(name) && !name.startsWith("sasl.")) return "it is not known here";
  const { hasTls, hasSasl } = safeSecurity(entries);
  const isUsed = isTlsEntry(name) ? hasTls : hasSasl;
  const needs = isTlsEntry(name) ? "SSL or SASL_SSL" : "SASL_SSL or SASL_PLAINTEXT";
  return isUsed ? undefined : `it has no effect without security.protocol=${needs}`;
}

/** A wrong protocol is reported by itself. */
function safeSecurity(entries: Properties): ReturnType<typeof securityOf> {
  try {
    return securityOf(entries);
  } catch {
    return { hasTls: true, hasSasl: true };
  }
}

/** Why another entry cannot be followed; undefined if it says what this client does in any case. */
function otherProblem(name: string, value: string): string | undefined {
  if (name === "compression.level") return undefined; // it needs the codec, and is read with it
  const advice = Object.hasOwn(ADVICE, name) ? ADVICE[name] : undefined;
  if (advice !== undefined) return advice.fits?.(value) === true ? undefined : advice.reason;
  const near = nearest(name, [...RULES.flatMap(({ names }) => names), ...Object.keys(ADVICE)]);
  return near === undefined ? "it is not known here" : `it is not known here; did you mean ${near}?`;
}

/** librdkafka's `compression.level` is that of the chosen codec; −1 is the codec's default. */
function compressionLevel(entries: Properties, producer: Options): readonly UnknownProperty[] {
  const name = "compression.level";
  const level = entries.get(name)?.trim();
  if (level === undefined || level === "-1") return [];
  const options: Readonly<Record<string, string>> = {
    gzip: "compressionGzipLevel",
    lz4: "compressionLz4Level",
    zstd: "compressionZstdLevel",
  };
  const { compressionType: type = "none" } = producer as ProducerOptions;
  const option = typeof type === "string" ? options[type] : undefined;
  if (option === undefined) return [{ name, reason: `the compression type ${plainly(type)} has no levels` }];
  if (!/^-?\d+$/.test(level)) return [{ name, reason: "takes a whole number" }];
  producer[option] = Number(level);
  return [];
}

function listed(all: readonly UnknownProperty[], mayIgnore: boolean): KafkaError {
  const lines = all.map(
    ({ name, reason }) => `${name} ${/^(?:takes|contradicts) /.test(reason) ? reason : `(${reason})`}`,
  );
  const advice = mayIgnore ? "; remove them, or pass ignoreUnknown: true to go on without them" : "";
  return new KafkaError(
    "config",
    `fromProperties: ${counted(all.length, "property", "properties")} cannot be used: ${lines.join("; ")}${advice}`,
  );
}

function withoutValue<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { kind, message } = KafkaError.from(error, "config");
    throw new KafkaError(kind, `fromProperties: ${message}`, detailsOf(KafkaError.from(error)));
  }
}
