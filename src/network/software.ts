/** The name and version that this client reports to brokers (KIP-511): letters, digits, dots and hyphens. */
export const SOFTWARE_NAME = "odradek";
export const SOFTWARE_VERSION = "0.1.0";
