import { dynamoInstanceRecords, type InstanceRecords } from '@prelaunch/aws/dynamo-instance-records';
import { dynamoInstanceStore } from '@prelaunch/aws/dynamo-instances';
import type { InstanceStore } from '@prelaunch/core/drift/ports';
import { environment } from './environment.ts';
import { documentClient, now } from './pipeline.ts';

/** What is known of the drift of servers and instances. */
export function instanceStore(): InstanceStore {
  return dynamoInstanceStore(documentClient(), environment('INSTANCES_TABLE').INSTANCES_TABLE);
}

/** Baselines, history, and what is kept of groups. One for all that a function writes, which is gathered. */
export function instanceRecords(): InstanceRecords {
  return dynamoInstanceRecords(documentClient(), environment('INSTANCE_RECORDS_TABLE').INSTANCE_RECORDS_TABLE, now);
}
