/** A target topic is gone, so no retry can help. */
export class TopicDoesNotExistError extends Error {
  override readonly name = 'TopicDoesNotExistError';
  readonly code = 'topics.does-not-exist';
  readonly topicName: string;

  constructor(topicName: string) {
    super(`The specified topic does not exist: ${topicName}`);
    this.topicName = topicName;
  }
}
