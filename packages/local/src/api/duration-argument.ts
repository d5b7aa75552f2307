import { InvalidArgumentError } from 'commander';

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Parses an option that is a duration, such as `90s`, `15m` or `1h`, into seconds. */
export function durationSeconds(max: number): (text: string) => number {
  return (text) => {
    const [, count = '', unit = ''] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
    const seconds = Number(count) * (UNIT_SECONDS[unit] ?? 0);
    if (seconds >= 1 && seconds <= max) return seconds;
    throw new InvalidArgumentError(`Allowed are durations such as 90s, 15m or 1h, up to ${max / 3600}h.`);
  };
}
