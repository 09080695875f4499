// vi.mock without a factory: vitest makes the mock of each export.
import { createRequire } from "node:module";
import { expect, test, vi } from "vitest";
import { CompressionTypes, Kafka, Partitioners, logLevel } from "kafkajs";

vi.mock("kafkajs");

test("vi.mock makes classes and functions mocks; enums keep their values", () => {
  expect(vi.isMockFunction(Kafka)).toBe(true);
  expect(vi.isMockFunction(Partitioners.DefaultPartitioner)).toBe(true);
  expect([logLevel.INFO, CompressionTypes.ZSTD]).toEqual([4, 4]);
  const send = vi.fn();
  vi.mocked(Kafka.prototype.producer).mockReturnValue({ send });
  new Kafka({ brokers: ["a:1"] }).producer().send("x");
  expect(send).toHaveBeenCalledWith("x");
});

test("vi.importActual gives what is there", async () => {
  const actual = await vi.importActual("kafkajs");
  expect(vi.isMockFunction(actual.Kafka)).toBe(false);
  expect(createRequire(import.meta.url)("kafkajs").Kafka).toBe(actual.Kafka);
});
