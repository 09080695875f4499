import { DeadlineEntry } from "../../runtime/deadline-wheel.ts";

/** A deadline that calls a function. */
export class Due extends DeadlineEntry {
  readonly #due: () => void;

  constructor(due: () => void) {
    super();
    this.#due = due;
  }

  override onDeadline(): void {
    this.#due();
  }

  /** Without a runtime that measures time, nothing is waited for. */
  override onFailure(): void {
    this.#due();
  }
}
