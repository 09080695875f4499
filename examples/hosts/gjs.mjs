// GJS (GNOME's JavaScript) against a real Kafka, on the platform of gio-platform.mjs. GJS finds no npm packages, so
// make one file first: npx esbuild gjs.mjs --bundle --format=esm "--external:gi://*" --outfile=orders.mjs
// Then: gjs -m orders.mjs localhost:9092 orders
import { Kafka, string } from "odradek/core";
import { gioPlatform } from "./gio-platform.mjs";

const [bootstrapServers = "localhost:9092", topic = "orders"] = ARGV;
const kafka = new Kafka({ bootstrapServers, platform: gioPlatform(), logLevel: "warn" });
const producer = kafka.producer();
for (let i = 0; i < 1000; i++) producer.enqueue({ topic, key: `${i}`, value: `espresso ${i}` });
await producer.close();
const seen = new Set();
for await (const { value } of kafka.consumer({ groupId: `${topic}-readers`, topics: [topic], value: string() }))
  if (seen.add(value).size === 1000) break;
await kafka.close();
print(`${seen.size} orders came back`);
