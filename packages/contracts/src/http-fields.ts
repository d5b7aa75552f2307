/** Request fields that a header states over HTTP, where the operation has them. */
export const HEADER_OF_FIELD = {
  generation: 'If-Match',
  idempotencyKey: 'Idempotency-Key',
  correlationId: 'X-Correlation-Id',
} as const;
