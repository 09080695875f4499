// In a file of their own: a page checks its options before it loads the rest of this folder.

/** The most bytes in one binary message. A larger one is a mistake of the sender. The least window, too. */
export const MESSAGE_BYTES: number = 65_536;

/** The limit of every window, and so the largest number of bytes that a control message may name. */
export const MAX_WINDOW_BYTES: number = 64 * 1024 * 1024;
