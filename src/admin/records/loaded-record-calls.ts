import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import { deleteRecords } from "./delete-records.ts";
import { listOffsets } from "./list-offsets.ts";
import type { RecordCalls } from "./record-calls.ts";

export function recordCalls(context: AdminContext): LoadedCalls<RecordCalls> {
  return {
    deleteRecords: (records, options = {}) => deleteRecords(context, records, options),
    listOffsets: (offsets, options = {}) => listOffsets(context, offsets, options),
  };
}
