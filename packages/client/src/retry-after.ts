/** Seconds; a date, which HTTP also allows here, is not something that Prelaunch or API Gateway send. */
export function retryAfterOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
