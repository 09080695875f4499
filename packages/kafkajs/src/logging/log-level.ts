/** The levels of kafkajs's loggers. There is no 3. */
export const logLevel = { NOTHING: 0, ERROR: 1, WARN: 2, INFO: 4, DEBUG: 5 } as const;

/** A level of kafkajs's loggers. */
export type LogLevel = (typeof logLevel)[keyof typeof logLevel];
