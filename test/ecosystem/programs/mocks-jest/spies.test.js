// Jest watches and replaces members of what is there.
const kafkajs = require("kafkajs");

afterEach(() => jest.restoreAllMocks());

test("jest.spyOn of a method of Kafka", () => {
  const spy = jest.spyOn(kafkajs.Kafka.prototype, "producer");
  const producer = new kafkajs.Kafka({ brokers: ["a:1"] }).producer();
  expect(spy).toHaveBeenCalledTimes(1);
  const send = jest.spyOn(producer, "send").mockResolvedValue([]);
  producer.send({ topic: "t", messages: [] });
  expect(send).toHaveBeenCalledTimes(1);
});

test("jest.spyOn of the class itself", () => {
  const spy = jest.spyOn(kafkajs, "Kafka").mockImplementation(() => ({ admin: () => "admin" }));
  expect(new kafkajs.Kafka({ brokers: [] }).admin()).toBe("admin");
  expect(spy).toHaveBeenCalledTimes(1);
});

test("jest.doMock with a part replaced", () => {
  jest.isolateModules(() => {
    jest.doMock("kafkajs", () => ({ ...jest.requireActual("kafkajs"), Kafka: jest.fn() }));
    const { Kafka, KafkaJSError, logLevel } = require("kafkajs");
    expect(jest.isMockFunction(Kafka)).toBe(true);
    expect(new KafkaJSError("x")).toBeInstanceOf(Error);
    expect(logLevel.INFO).toBe(4);
  });
});
