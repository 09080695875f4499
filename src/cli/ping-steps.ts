/** One step of `odradek ping` that has ended. */
export interface Step {
  readonly name: string;
  readonly ms: number;
  /** The result, or why it failed. */
  readonly text: string;
  readonly isFailed: boolean;
}

/** The steps of `odradek ping`, in order. At most one is running; each is passed on when it ends. */
export class PingSteps {
  readonly #now: () => number;
  readonly #ended: (step: Step) => void;
  #running: { readonly name: string; readonly fromMs: number } | undefined;

  /** `now` is a monotonic clock in ms. */
  constructor(now: () => number, ended: (step: Step) => void) {
    this.#now = now;
    this.#ended = ended;
  }

  /** Begins a step. */
  begin(name: string): void {
    this.#running = { name, fromMs: this.#now() };
  }

  /** The step has ended well. */
  done(text: string): void {
    this.#end(text, false);
  }

  /** The step has failed. */
  failed(text: string): void {
    this.#end(text, true);
  }

  #end(text: string, isFailed: boolean): void {
    if (this.#running === undefined) return;
    const { name, fromMs } = this.#running;
    this.#running = undefined;
    this.#ended({ name, ms: this.#now() - fromMs, text, isFailed });
  }
}

/** A step as a line of the terminal. */
export function stepLine({ name, ms, text, isFailed }: Step): string {
  return `${isFailed ? "failed" : "    ok"}  ${name.padEnd(12)}${ms.toFixed(1).padStart(9)} ms  ${text}\n`;
}
