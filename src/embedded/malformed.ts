/** Kafka's message for an INVALID_REQUEST that has no message of its own. */
export const MALFORMED: string =
  "This most likely occurs because of a request being malformed by the client library or the message was sent to " +
  "an incompatible broker. See the broker logs for more details.";
