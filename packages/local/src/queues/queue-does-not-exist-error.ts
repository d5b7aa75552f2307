/** A target queue is gone, so no retry can help. */
export class QueueDoesNotExistError extends Error {
  override readonly name = 'QueueDoesNotExistError';
  readonly code = 'queues.does-not-exist';
  readonly queueName: string;

  constructor(queueName: string) {
    super(`The specified queue does not exist: ${queueName}`);
    this.queueName = queueName;
  }
}
