// Sets of broker errors that several parts of the client ask about.
import * as ErrorCode from "./error-code.ts";

/** Errors that tell a member that its group has continued without it. */
export const REFUSED_MEMBER: readonly number[] = [
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.FENCED_MEMBER_EPOCH,
];
