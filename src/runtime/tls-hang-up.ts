/**
 * The text in the error of a handshake that the other end closed without an alert. A broker that restarts does so, and
 * so does a port without TLS; only repetition tells them apart.
 */
export const TLS_HANG_UP = "the other end closed the connection during the TLS handshake";
