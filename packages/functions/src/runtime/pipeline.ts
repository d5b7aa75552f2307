import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ownClientSettings } from '@prelaunch/aws/client-settings';
import { dynamoBindingStore } from '@prelaunch/aws/dynamo-bindings';
import { dynamoConfigurationStore } from '@prelaunch/aws/dynamo-configurations';
import { dynamoGroupStore, dynamoServerStore } from '@prelaunch/aws/dynamo-stores';
import { eventBridgePublisher } from '@prelaunch/aws/eventbridge-publisher';
import { sqsApplyQueue } from '@prelaunch/aws/sqs-apply-queue';
import type { BindingStore, ConfigurationStore, RolloutStore } from '@prelaunch/core/configuration/ports';
import type { ApplyQueue, EventPublisher, GroupStore, ServerStore } from '@prelaunch/core/group/ports';
import { environment } from './environment.ts';

/** Prelaunch's own tables, queues and bus. Clients are made once per execution environment. */

export const dynamo = new DynamoDBClient(ownClientSettings);

const documents = DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } });

export const sqs = new SQSClient(ownClientSettings);

export function documentClient(): DynamoDBDocumentClient {
  return documents;
}

export function groupStore(): GroupStore {
  return dynamoGroupStore(documents, environment('PROTECTION_GROUPS_TABLE').PROTECTION_GROUPS_TABLE);
}

export function serverStore(): ServerStore {
  return dynamoServerStore(documents, environment('SOURCE_SERVERS_TABLE').SOURCE_SERVERS_TABLE);
}

export function configurationStore(): ConfigurationStore & RolloutStore {
  return dynamoConfigurationStore(documents, environment('CONFIGURATIONS_TABLE').CONFIGURATIONS_TABLE);
}

export function bindingStore(): BindingStore {
  return dynamoBindingStore(documents, environment('BINDINGS_TABLE').BINDINGS_TABLE);
}

export function applyQueue(): ApplyQueue {
  return sqsApplyQueue(sqs, environment('APPLY_QUEUE_URL').APPLY_QUEUE_URL);
}

export function publisher(): EventPublisher {
  return eventBridgePublisher(new EventBridgeClient(ownClientSettings), environment('BUS_NAME').BUS_NAME);
}

export const now = (): Date => new Date();
