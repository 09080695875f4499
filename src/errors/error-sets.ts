// Sets of broker errors that several parts of the client ask about.
import * as ErrorCode from "./error-code.ts";

/** Errors which mean that the group has continued without this member. */
export const REFUSED_MEMBER: readonly number[] = [
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.FENCED_MEMBER_EPOCH,
];
