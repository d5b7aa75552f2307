import type { Caller } from './call.ts';
import type { IdSource } from './id-source.ts';

/** An event for the default bus, as AWS itself would put it there. */
export interface SimulatedEvent {
  account: string;
  region: string;
  source: string;
  'detail-type': string;
  detail: Readonly<Record<string, unknown>>;
  resources?: string[];
}

/** A mutating call, as CloudTrail tells of it. */
export interface RecordedCall {
  service: 'drs' | 'ec2';
  eventName: string;
  region: string;
  caller: Caller;
  at: number;
  requestParameters: unknown;
  responseElements: unknown;
  error?: { code: string; message: string };
}

export interface EventTrail {
  record(call: RecordedCall): void;
  announce(event: SimulatedEvent): void;
}

/** AWS delivers these events late and on a best-effort basis; here they leave at once, in order. */
export function createEventTrail(emit: (event: SimulatedEvent) => void, ids: IdSource): EventTrail {
  return {
    announce: emit,
    record: (call) =>
      emit({
        account: call.caller.accountId,
        region: call.region,
        source: `aws.${call.service}`,
        'detail-type': 'AWS API Call via CloudTrail',
        detail: structuredClone(cloudTrailDetail(call, ids)),
      }),
  };
}

function cloudTrailDetail(call: RecordedCall, ids: IdSource): Record<string, unknown> {
  return {
    eventVersion: '1.09',
    userIdentity: call.caller.identity,
    eventTime: new Date(call.at).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    eventSource: `${call.service}.amazonaws.com`,
    eventName: call.eventName,
    awsRegion: call.region,
    sourceIPAddress: call.caller.identity.invokedBy ?? '127.0.0.1',
    userAgent: call.caller.identity.invokedBy ?? 'aws-sdk',
    ...(call.error && { errorCode: call.error.code, errorMessage: call.error.message }),
    requestParameters: call.requestParameters,
    responseElements: call.error ? null : call.responseElements,
    requestID: ids.uuid('request'),
    eventID: ids.uuid('event'),
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: call.caller.accountId,
    eventCategory: 'Management',
  };
}
