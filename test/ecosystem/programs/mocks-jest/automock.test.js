// Jest makes the mock of each export by itself.
jest.mock("kafkajs");
const kafkajs = require("kafkajs");

const { CompressionTypes, Kafka, KafkaJSConnectionError, Partitioners, logLevel } = kafkajs;

test("every name is there, classes and functions are mocks, enums keep their values", () => {
  expect(Object.keys(kafkajs)).toHaveLength(44);
  expect(jest.isMockFunction(Kafka)).toBe(true);
  expect(jest.isMockFunction(Partitioners.DefaultPartitioner)).toBe(true);
  expect(jest.isMockFunction(kafkajs.AssignerProtocol.MemberMetadata.encode)).toBe(true);
  expect([logLevel.INFO, CompressionTypes.ZSTD, kafkajs.ConfigResourceTypes.TOPIC]).toEqual([4, 4, 2]);
});

test("a mock of Kafka gives the mocks that a test wants", async () => {
  const send = jest.fn().mockResolvedValue([{ topicName: "t", partition: 0, errorCode: 0 }]);
  Kafka.prototype.producer.mockReturnValue({ connect: jest.fn(), send });
  const producer = new Kafka({ brokers: ["a:1"] }).producer();
  await producer.connect();
  expect(await producer.send({ topic: "t", messages: [] })).toHaveLength(1);
  expect(send).toHaveBeenCalledWith({ topic: "t", messages: [] });
  expect(Kafka).toHaveBeenCalledWith({ brokers: ["a:1"] });
  expect(new Kafka({}).consumer({ groupId: "g" })).toBeUndefined();
});

test("an error of a mocked class is one", () => {
  expect(new KafkaJSConnectionError("x")).toBeInstanceOf(KafkaJSConnectionError);
});
