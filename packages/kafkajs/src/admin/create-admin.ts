import type { Admin, AdminConfig } from "../api.ts";
import { ClientLife } from "../client-life.ts";
import type { ClientParts } from "../client-parts.ts";
import { notWrittenYet } from "../not-written-yet.ts";

/** `kafka.admin()`: 22 calls. Each connects when needed. The members are own and writable, and work unbound. */
export function createAdmin({ cluster, logger: rootLogger }: ClientParts<AdminConfig>): Admin {
  const life = new ClientLife("admin", cluster, rootLogger.namespace("Admin"));
  const admin = {
    connect: async () => {
      await life.connect();
    },
    disconnect: () => life.disconnect(),
    listTopics: notWrittenYet("listTopics"),
    createTopics: notWrittenYet("createTopics"),
    on: life.events.on.bind(life.events),
    events: life.events.names,
    logger: () => life.logger,
  };
  return admin as unknown as Admin;
}
