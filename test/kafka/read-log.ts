import { runJava } from "./jars.ts";

/**
 * The values of a topic by partition, as Kafka's own console consumer reads them: only what read_committed sees, if
 * asked for.
 */
export async function readLog(
  bootstrapServers: string,
  topic: string,
  isolation: "read_committed" | "read_uncommitted" = "read_uncommitted",
): Promise<Map<number, string[]>> {
  const quick = await consume(bootstrapServers, topic, isolation, 10_000);
  if (quick.values.size > 0) return quick.values;
  // On a busy machine the consumer gives up before its first record.
  const { values, output } = await consume(bootstrapServers, topic, isolation, 60_000);
  if (values.size === 0) throw new Error(`Kafka's console consumer read nothing: ${output}`);
  return values;
}

async function consume(
  bootstrapServers: string,
  topic: string,
  isolation: string,
  idleMs: number,
): Promise<{ readonly values: Map<number, string[]>; readonly output: string }> {
  const { stdout, stderr } = await runJava("org.apache.kafka.tools.consumer.ConsoleConsumer", [
    "--bootstrap-server",
    bootstrapServers,
    "--topic",
    topic,
    "--from-beginning",
    "--timeout-ms",
    `${idleMs}`,
    "--isolation-level",
    isolation,
    "--formatter-property",
    "print.partition=true",
    "--formatter-property",
    "print.value=true",
  ]);
  const values = new Map<number, string[]>();
  for (const [, partition, value] of stdout.matchAll(/^Partition:(\d+)\t(.*)$/gm)) {
    const of = values.get(Number(partition)) ?? [];
    of.push(value ?? "");
    values.set(Number(partition), of);
  }
  return { values, output: `${stdout.slice(0, 500)} ${stderr.slice(-1000)}` };
}
