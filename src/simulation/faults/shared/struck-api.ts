import type { Strike } from "../../fault-definition.ts";

/** The API that a fault at a broker affects: Produce in half of the cases, because most records can be lost there. */
export function struckApi({ nodeDraw }: Strike): (typeof APIS)[number] {
  return nodeDraw % 2 === 0 ? "Produce" : (APIS[nodeDraw % APIS.length] ?? "Produce");
}

/** The APIs that a record depends on. */
const APIS = ["Produce", "Fetch", "Metadata", "ListOffsets", "InitProducerId"] as const;
