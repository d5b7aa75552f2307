/** Ends, or does not end, in the way that the event asks for. */
export async function handler({ how }: { how: string }): Promise<unknown> {
  if (how === 'exit') process.exit(3);
  if (how === 'throw') throw new TypeError('wrong on purpose');
  if (how === 'crash') setImmediate(crash);
  if (how === 'spin') spin();
  if (how === 'answer') return { pid: process.pid };
  return new Promise(() => setInterval(() => undefined, 1000));
}

function crash(): never {
  throw new Error('crashed on purpose');
}

function spin(): never {
  for (;;);
}
