/**
 * Lets the host report an error as it reports every promise that nobody caught: the one channel that all hosts have.
 */
export function reportToHost(error: unknown): void {
  void Promise.resolve().then(() => {
    throw error;
  });
}
