import { type Check, flag, shape } from "../../errors/shape.ts";

/** Options of `enqueue`. */
export interface EnqueueOptions {
  /**
   * Whether `onDelivery`, and a partitioner of your own that runs later, are called in the async context of this call,
   * as those of `send` are. Default false: it costs a promise and a context for each record.
   */
  readonly context?: boolean;
}

/** Checks the options of `enqueue`. */
export const checkEnqueueOptions: Check = shape({ context: flag });
