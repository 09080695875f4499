import { ACCESS_ROWS } from "./access-rows.ts";
import type { CallRow } from "./call-row.ts";
import { CLUSTER_ROWS } from "./cluster-rows.ts";
import { GROUP_ROWS } from "./group-rows.ts";
import { TOPIC_ROWS } from "./topic-rows.ts";

/** Java's 62 calls. */
export const ROWS: readonly CallRow[] = [...TOPIC_ROWS, ...GROUP_ROWS, ...CLUSTER_ROWS, ...ACCESS_ROWS];

/** Calls that are made of other calls; Java has no such method. */
export const COMPOSED: readonly string[] = ["groupLag", "resetOffsets", "waitForTopics"];
