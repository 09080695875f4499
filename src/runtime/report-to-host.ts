/** Lets the host report an error like an unhandled rejection: the one channel that all hosts have. */
export function reportToHost(error: unknown): void {
  void Promise.resolve().then(() => {
    throw error;
  });
}
