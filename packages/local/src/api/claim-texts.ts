/** Claims that API Gateway shows as dates; it leaves other times, such as `auth_time`, as they are. */
const TIMES: ReadonlySet<string> = new Set(['exp', 'iat']);

/** Claims as API Gateway hands them to a function: all of them text, lists with commas between their members. */
export function claimTexts(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, textOf(name, value)]));
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((member) => textOf('', member)).join(',');
  if (typeof value === 'number' && TIMES.has(name)) return dateText(value);
  return JSON.stringify(value);
}

/** `Tue Nov 24 09:37:33 UTC 2026`. */
function dateText(seconds: number): string {
  const [weekday = '', day, month, year, time] = new Date(seconds * 1000).toUTCString().split(' ');
  return `${weekday.slice(0, 3)} ${month} ${day} ${time} UTC ${year}`;
}
