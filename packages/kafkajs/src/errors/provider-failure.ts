/**
 * The `cause` of Odradek's error of a login that a provider made: the error that the provider threw, which kafkajs
 * passes on as it is. Until the provider has thrown, the error that was passed to it.
 */
export class ProviderFailure extends Error {
  /** The error for the caller. */
  thrown: unknown;

  constructor(thrown: unknown) {
    super("the login failed");
    this.thrown = thrown;
  }
}
