/**
 * A program in plain JavaScript that uses the package as a function of its entries: in memory and over TCP, with every
 * codec. `value` is drawn, so that nothing can be hard-coded.
 */
export function useProgram(value: string): string {
  return `
async function use({ Kafka, json, KafkaError }, { EmbeddedCluster }) {
  for (const options of [{}, { ports: [0] }]) {
    const cluster = await EmbeddedCluster.start({ topics: { t: 1 }, ...options });
    const kafka = new Kafka(options.ports === undefined ? { cluster } : { bootstrapServers: cluster.bootstrapServers });
    const codecs = ["none", "gzip", "zstd", "snappy", "lz4"];
    for (const compressionType of codecs) {
      const producer = kafka.producer({ compressionType, value: json() });
      await producer.send({ topic: "t", value: { compressionType, text: ${JSON.stringify(value)}.repeat(100) } });
      await producer.close();
    }
    const seen = [];
    const consumer = kafka.consumer({ topics: ["t"], value: json(), groupId: "g" });
    for await (const record of consumer) {
      if (record.value.text !== ${JSON.stringify(value)}.repeat(100)) throw new Error("another text");
      seen.push(record.value.compressionType);
      if (seen.length === codecs.length) break;
    }
    if (seen.join() !== codecs.join()) throw new Error(seen.join());
    const wrong = await kafka.producer().send({ topic: "t" }).catch((error) => error);
    if (!KafkaError.is(wrong) || wrong.kind !== "config" || wrong.constructor.name !== "KafkaError") throw new Error(String(wrong));
    await kafka.close();
    await cluster.close();
  }
  console.log("used", ${JSON.stringify(value)});
}
`;
}

export const IMPORTS = 'import * as client from "odradek";\nimport * as embedded from "odradek/embedded";\n';
export const REQUIRES = 'const client = require("odradek");\nconst embedded = require("odradek/embedded");\n';
export const CALL = "use(client, embedded).catch((error) => {\n  console.error(error);\n  process.exit(1);\n});\n";
