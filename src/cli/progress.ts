/** The progress of the demo. */
export interface Progress {
  readonly total: number;
  produced: number;
  acknowledged: number;
  consumed: number;
}

const BAR_WIDTH = 28;

/**
 * Draws the progress in place on a terminal; otherwise prints one line each second. Returns a function that stops it.
 */
export function showProgress(progress: Progress, out: NodeJS.WriteStream): () => void {
  const terminal = out.isTTY;
  const startMs = performance.now();
  let drawn = false;
  const draw = (): void => {
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    if (!terminal) {
      out.write(
        `${seconds.padStart(6)} s   acknowledged ${count(progress.acknowledged)}   consumed ` +
          `${count(progress.consumed)}   of ${count(progress.total)}\n`,
      );
      return;
    }
    if (drawn) out.write("\u001b[2A");
    drawn = true;
    out.write(
      `\r\u001b[K  produce ${bar(progress.acknowledged, progress.total)} ` +
        `${count(progress.acknowledged)}\n\r\u001b[K  consume ${bar(progress.consumed, progress.total)} ` +
        `${count(progress.consumed)}   ${seconds} s\n`,
    );
  };
  const timer = setInterval(draw, terminal ? 100 : 1000);
  return () => {
    clearInterval(timer);
    draw();
  };
}

function bar(done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.floor((done / total) * BAR_WIDTH);
  return (
    `[${"█".repeat(filled)}${"·".repeat(BAR_WIDTH - filled)}] ` +
    `${String(total === 0 ? 100 : Math.floor((done / total) * 100)).padStart(3)} %`
  );
}

/** Formats a count with thousands separators: 1,000,000. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}
