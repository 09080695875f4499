import type { Admin, AdminConfig } from "../api.ts";
import { ClientLife } from "../client-life.ts";
import type { ClientParts } from "../client-parts.ts";
import { aclCalls } from "./acls.ts";
import { AdminRequests } from "./admin-requests.ts";
import { clusterCalls } from "./cluster-description.ts";
import { configCalls } from "./configs.ts";
import { groupOffsetCalls } from "./group-offsets.ts";
import { groupCalls } from "./groups.ts";
import { reassignmentCalls } from "./reassignments.ts";
import { topicMetadataCalls } from "./topic-metadata.ts";
import { topicOffsetCalls } from "./topic-offsets.ts";
import { topicRecordCalls } from "./topic-records.ts";
import { topicCalls } from "./topics.ts";

/** `kafka.admin()`: 22 calls. Each connects when needed. The members are own and writable, and work unbound. */
export function createAdmin({ cluster, logger: rootLogger, retry }: ClientParts<AdminConfig>): Admin {
  const logger = rootLogger.namespace("Admin");
  const life = new ClientLife("admin", cluster, logger);
  const requests = new AdminRequests({ cluster, logger, retry });
  const admin: Admin = {
    connect: async () => {
      await life.connect();
    },
    disconnect: () => {
      requests.end();
      return life.disconnect();
    },
    ...topicMetadataCalls(requests),
    ...topicCalls(requests),
    ...topicOffsetCalls(requests),
    ...topicRecordCalls(requests),
    ...groupOffsetCalls(requests),
    ...groupCalls(requests),
    ...clusterCalls(requests),
    ...configCalls(requests),
    ...aclCalls(requests),
    ...reassignmentCalls(requests),
    on: life.events.on.bind(life.events) as Admin["on"],
    events: life.events.names as Admin["events"],
    logger: () => life.logger,
  };
  return admin;
}
