import type { EmbeddedQueue, ReceivedMessage } from '../queues/embedded-sqs.ts';
import type { MessageAttribute } from '../queues/fauxqs-parts.ts';

/** The event with which Lambda hands a batch of SQS messages to a function. */
export function sqsEvent(batch: readonly ReceivedMessage[], queue: EmbeddedQueue, place: SqsEventPlace): unknown {
  return { Records: batch.map((received) => sqsRecord(received, queue, place)) };
}

export interface SqsEventPlace {
  readonly accountId: string;
  readonly region: string;
}

function sqsRecord({ receiptHandle, message }: ReceivedMessage, queue: EmbeddedQueue, place: SqsEventPlace): unknown {
  return {
    messageId: message.messageId,
    receiptHandle,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.approximateReceiveCount),
      SentTimestamp: String(message.sentTimestamp),
      SenderId: place.accountId,
      ApproximateFirstReceiveTimestamp: String(message.approximateFirstReceiveTimestamp ?? message.sentTimestamp),
      ...(message.messageGroupId !== undefined && { MessageGroupId: message.messageGroupId }),
    },
    messageAttributes: Object.fromEntries(
      Object.entries(message.messageAttributes).map(([name, attribute]) => [name, lambdaAttribute(attribute)]),
    ),
    md5OfBody: message.md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queue.arn,
    awsRegion: place.region,
  };
}

function lambdaAttribute({ DataType, StringValue, BinaryValue }: MessageAttribute): unknown {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}
