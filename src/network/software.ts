/** The name that this client reports to brokers (KIP-511): letters, digits, dots and hyphens. */
export const SOFTWARE_NAME = "odradek";
/** The version that this client reports to brokers: that of package.json. */
export const SOFTWARE_VERSION = "0.1.0";
