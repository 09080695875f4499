/** For messages: `1 record`, `2 records`. `plural` is for words that take more than an s. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
