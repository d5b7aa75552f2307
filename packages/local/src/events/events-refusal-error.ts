/** A request that EventBridge answers with an error. */
export class EventsRefusalError extends Error {
  override readonly name = 'EventsRefusalError';
  readonly code = 'events.refused';
  /** The AWS name of the error. */
  readonly exception: string;

  constructor(exception: string, message: string) {
    super(message);
    this.exception = exception;
  }
}
