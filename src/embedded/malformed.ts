/** What Kafka says of an INVALID_REQUEST that it has no words of its own for. */
export const MALFORMED: string =
  "This most likely occurs because of a request being malformed by the client library or the message was sent to " +
  "an incompatible broker. See the broker logs for more details.";
