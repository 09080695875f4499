import type { Strike } from "../../fault-definition.ts";

/** The API whose requests a fault at a broker strikes: Produce in half of the cases, since it can lose most. */
export function struckApi({ nodeDraw }: Strike): (typeof APIS)[number] {
  return nodeDraw % 2 === 0 ? "Produce" : (APIS[nodeDraw % APIS.length] ?? "Produce");
}

/** All that a record depends on. */
const APIS = ["Produce", "Fetch", "Metadata", "ListOffsets", "InitProducerId"] as const;
