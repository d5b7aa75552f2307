import type { Call } from '../call.ts';
import { wireNameOf } from '../wire/read-query-form.ts';
import { operationShape } from '../wire/shape.ts';
import { olderActionRecord } from './older-action-record.ts';

interface Ec2CallRecord {
  operation: string;
  input: Record<string, unknown>;
  output?: object;
  error?: { code: string; message: string };
}

/**
 * Records a mutating call as CloudTrail does for EC2: wrapped in the request's name, with wire names, and without user data. Its older
 * actions have another form. AWS documents neither; which actions are the older ones is assumed from published events.
 */
export function recordEc2Call({ operation, input, output, error }: Ec2CallRecord, call: Call): void {
  const older = olderActionRecord(operation, { input, output: output ?? {} });
  call.trail.record({
    service: 'ec2',
    eventName: operation,
    region: call.place.region,
    caller: call.caller,
    at: call.at,
    requestParameters: older?.requestParameters ?? {
      [`${operation}Request`]: wireNamed(operation, withoutUserData(input)),
    },
    responseElements: output
      ? (older?.responseElements ?? { [`${operation}Response`]: withoutUserData(output) })
      : null,
    ...(error && { error: { code: error.code, message: error.message } }),
  });
}

function wireNamed(operation: string, input: Record<string, unknown>): Record<string, unknown> {
  const members = operationShape('ec2', operation).input.getMemberSchemas();
  const named = Object.entries(members).map(
    ([name, member]) => [wireNameOf('ec2', name, member), input[name]] as const,
  );
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}

function withoutUserData(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value, (key, member) => (key === 'UserData' ? '<sensitiveDataRemoved>' : member)));
}
