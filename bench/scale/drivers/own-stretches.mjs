// The longest time that a client works between two turns of the event loop.
import { threadCpuMs } from "./client.mjs";

/**
 * Wraps the two ways on which a client is called by the host: delays that fire, and bytes that come. A stretch ends
 * where the client asks for a turn (`delayFor(0)`), or with the turn itself. What the application does meanwhile, in
 * the continuations that the client settles, is part of it.
 */
export class OwnStretches {
  longestMs = 0;
  /** The same without the time that the main thread did not get: the smaller of a stretch and its CPU time. */
  longestWorkMs = 0;
  #began;
  #isClosing = false;

  runtime(inner) {
    return {
      spawn: (task) => inner.spawn(task),
      delayFor: (durationMs) => {
        if (durationMs === 0) this.#end();
        const delay = inner.delayFor(durationMs);
        // Before the client's own callback, which it adds later.
        delay.then(() => this.#begin());
        return delay;
      },
    };
  }

  connector(inner) {
    return {
      connect: (target, sink, options) =>
        inner.connect(
          target,
          {
            buffer: () => sink.buffer(),
            filled: (view) => {
              this.#begin();
              return sink.filled(view);
            },
            closed: (error) => sink.closed(error),
          },
          options,
        ),
    };
  }

  /** Forgets what was measured so far. */
  reset() {
    this.longestMs = 0;
    this.longestWorkMs = 0;
    this.#began = undefined;
  }

  #begin() {
    this.#end();
    this.#began = { at: performance.now(), cpu: threadCpuMs() };
    if (this.#isClosing) return;
    this.#isClosing = true;
    setImmediate(() => {
      this.#isClosing = false;
      this.#end();
    });
  }

  #end() {
    if (this.#began === undefined) return;
    const ms = performance.now() - this.#began.at;
    this.longestMs = Math.max(this.longestMs, ms);
    this.longestWorkMs = Math.max(this.longestWorkMs, Math.min(ms, threadCpuMs() - this.#began.cpu));
    this.#began = undefined;
  }
}
