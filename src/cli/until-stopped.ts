/**
 * Resolves at Ctrl-C or SIGTERM, or when a piped standard input ends: if the parent process dies, its server ends too.
 */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
    if (process.env["ODRADEK_PARENT"] !== undefined) process.stdin.resume().once("end", () => resolve());
  });
}
