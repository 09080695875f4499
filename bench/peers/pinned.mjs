// The versions that are compared. Those of rust-rdkafka and franz-go stand in drivers/rust/Cargo.lock and
// drivers/go/go.mod; Java's is Kafka's own.
export const NODE = "24.21.0";
export const PACKAGES = {
  kafkajs: { name: "kafkajs", version: "2.2.4" },
  platformatic: { name: "@platformatic/kafka", version: "2.12.1" },
  confluent: { name: "@confluentinc/kafka-javascript", version: "1.10.1" },
};
