import { setTimeout as wait } from 'node:timers/promises';

interface ProxyEvent {
  readonly path: string;
  readonly body: string | null;
}

/** Shows its caller the event that it got, or does what the path asks for. */
export async function handler(event: ProxyEvent): Promise<unknown> {
  if (event.path === '/answer') return JSON.parse(event.body ?? 'null');
  if (event.path === '/throw') throw new TypeError('secret reason');
  if (event.path === '/exit') process.exit(3);
  if (event.path === '/slow') await wait(300);
  if (event.path === '/large') return { statusCode: 200, body: 'x'.repeat(7 * 1024 * 1024) };
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };
}
