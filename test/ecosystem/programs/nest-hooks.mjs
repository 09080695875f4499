// A NestJS server that ends by a signal. BOOTSTRAP TOPIC GROUP: prints "ready", then each hook that NestJS calls.
import "reflect-metadata";
import { Controller, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { EventPattern, Payload, Transport } from "@nestjs/microservices";

const [bootstrap, topic, groupId] = process.argv.slice(2);
class Events {
  event(n) {
    console.log(`event ${n}`);
  }
  onModuleDestroy() {
    console.log("onModuleDestroy");
  }
  beforeApplicationShutdown(signal) {
    console.log(`beforeApplicationShutdown ${signal}`);
  }
  onApplicationShutdown(signal) {
    console.log(`onApplicationShutdown ${signal}`);
  }
}
Controller()(Events);
EventPattern(topic)(Events.prototype, "event", Object.getOwnPropertyDescriptor(Events.prototype, "event"));
Payload()(Events.prototype, "event", 0);
class AppModule {}
Module({ controllers: [Events] })(AppModule);

const app = await NestFactory.createMicroservice(AppModule, {
  transport: Transport.KAFKA,
  options: {
    client: { brokers: bootstrap.split(","), clientId: "hooks" },
    // A member that does not leave would hold the group's next member back for so long.
    consumer: { groupId, sessionTimeout: 120_000, rebalanceTimeout: 120_000, heartbeatInterval: 300 },
    subscribe: { fromBeginning: true },
  },
  logger: false,
});
app.enableShutdownHooks();
await app.listen();
console.log("ready");
