const DAY_MS = 86_400_000;

/** A time as `20260102T030405Z`, for signatures. The engine's own dates are not used: simulators forbid them. */
export function compactUtc(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const seconds = Math.floor((ms - days * DAY_MS) / 1000);
  // Years begin in March, so that the day that leap years add is the last one. An era has 400 years.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const two = (n: number): string => String(n).padStart(2, "0");
  return (
    `${year + era * 400 + (month <= 2 ? 1 : 0)}${two(month)}${two(day)}T` +
    `${two(Math.floor(seconds / 3600))}${two(Math.floor(seconds / 60) % 60)}${two(seconds % 60)}Z`
  );
}

/** The ms since the epoch of a text like `2026-01-02T03:04:05Z`; undefined if it is not one. */
export function parseUtc(text: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z$/.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const shiftedYear = month <= 2 ? year - 1 : year;
  const fromMarch = month <= 2 ? month + 9 : month - 3;
  const leapDays = Math.floor(shiftedYear / 4) - Math.floor(shiftedYear / 100) + Math.floor(shiftedYear / 400);
  const days = 365 * shiftedYear + leapDays + Math.floor((153 * fromMarch + 2) / 5) + day - 1 - 719_468;
  return days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000;
}
