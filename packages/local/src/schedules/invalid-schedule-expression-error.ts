/** A schedule expression that EventBridge Scheduler would refuse. */
export class InvalidScheduleExpressionError extends Error {
  override readonly name = 'InvalidScheduleExpressionError';
  readonly code = 'schedules.invalid-expression';

  constructor(expression: string, options?: ErrorOptions) {
    super(`Invalid schedule expression: ${expression}`, options);
  }
}
