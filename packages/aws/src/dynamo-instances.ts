import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { InstanceDrift } from '@prelaunch/core/drift/instance-drift';
import type { InstanceStore } from '@prelaunch/core/drift/ports';
import { StoredInstance } from './stored-drift.ts';
import { versionedTable } from './versioned-table.ts';

/** Source servers and recovery instances with their newest audits, in the table `Instances`. */
export function dynamoInstanceStore(client: DynamoDBDocumentClient, tableName: string): InstanceStore {
  return versionedTable<InstanceDrift>(client, { name: tableName, key: 'instanceId', schema: StoredInstance });
}
