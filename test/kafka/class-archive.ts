import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";

/**
 * Java's archive of classes that are loaded and linked (JEP 350), beside Kafka's jars: with it a broker, or a tool,
 * starts with less CPU time. Java does without it where it does not fit.
 */
const archiveIn = (jars: string): string => join(jars, "classes.jsa");

export const hasArchive = (jars: string): boolean => existsSync(archiveIn(jars));

/** Options of a `java` that uses the archive, if it exists. Java's warnings about it must not be in a tool's output. */
export function withArchive(jars: string): readonly string[] {
  return hasArchive(jars) ? [`-XX:SharedArchiveFile=${archiveIn(jars)}`, "-Xlog:disable"] : [];
}

/** Options of a `java` that writes the archive when it ends, and a function to call then, which gives it its name. */
export function writesArchive(jars: string): { readonly options: readonly string[]; readonly written: () => void } {
  const unfinished = `${archiveIn(jars)}-${process.pid}`;
  return {
    options: [`-XX:ArchiveClassesAtExit=${unfinished}`],
    written: () => {
      if (existsSync(unfinished)) renameSync(unfinished, archiveIn(jars));
    },
  };
}
