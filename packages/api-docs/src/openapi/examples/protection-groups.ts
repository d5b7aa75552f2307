import type { StatedDriftPolicy } from '@prelaunch/contracts/drift';
import type { ProtectionGroup, ProtectionGroupSummary } from '@prelaunch/contracts/operations/protection-groups';
import type { OperationExamples } from '../examples.ts';
import { PAYMENTS_PATH } from './configurations.ts';
import { BY, CHANGED_AT, OTHER_SERVER, pendingStatus, readyStatus, SERVER } from './statuses.ts';

const launchConfig = {
  launchDisposition: 'STARTED',
  copyTags: true,
  instanceType: 'm7i-flex.large',
  targetInstanceTypeRightSizingMethod: 'NONE',
  subnetId: 'subnet-0a1b2c3d',
  securityGroupIds: ['sg-0a1b2c3d'],
};

const serverOverrides = { [OTHER_SERVER]: { copyTags: false } };

const described = {
  groupId: 'pg-orders',
  name: 'Orders',
  description: 'Order intake and billing',
  accountId: '111111111111',
  region: 'us-east-1',
  tags: { team: 'orders' },
  generation: 7,
  changedBy: BY,
  changedAt: CHANGED_AT,
};

const configuration = { configurationId: 'payments' };

const driftPolicy: StatedDriftPolicy = {
  threshold: 40,
  actions: { drifted: 'rollback' },
  mode: 'approval',
  maintenanceWindows: [{ days: ['sat', 'sun'], from: '22:00', until: '04:00' }],
  ignore: [
    {
      path: '/tags/Backup*',
      reason: 'The backup job marks what it has seen.',
      owner: 'storage',
      expiresAt: '2027-01-31T00:00:00Z',
    },
  ],
};

const definition = {
  ...described,
  serverIds: [SERVER, OTHER_SERVER],
  configuration,
  inherits: { configuration, bindingId: null, versions: [...PAYMENTS_PATH], state: 'current' as const },
  launchConfig,
  serverOverrides,
  driftPolicy,
};

const readyGroup: ProtectionGroup = { ...definition, launchConfigStatus: readyStatus };

const pendingGroup: ProtectionGroup = {
  ...definition,
  launchConfigStatus: pendingStatus,
  statusPath: '/protection-groups/pg-orders/launch-config-status',
};

const { serverConfigs: _configs, errors: _errors, ...shortStatus } = readyStatus;
const summary: ProtectionGroupSummary = { ...described, serverCount: 2, launchConfigStatus: shortStatus };

const ready = { ready: { summary: 'All servers are ready', value: readyGroup } };
const pending = { pending: { summary: 'Servers are still being applied', value: pendingGroup } };

const { name, description, accountId, region, tags } = described;

export const groupExamples = {
  list_protection_groups: {
    responses: {
      200: {
        page: {
          summary: 'A page with more behind it',
          value: { protectionGroups: [summary], nextToken: 'cGctb3JkZXJz' },
        },
      },
    },
  },
  create_protection_group: {
    request: {
      orders: {
        summary: 'Two servers, one of them with a setting of its own',
        value: {
          groupId: 'pg-orders',
          name,
          description,
          accountId,
          region,
          tags,
          serverIds: [SERVER, OTHER_SERVER],
          configuration,
          launchConfig,
          serverOverrides,
        },
      },
    },
    responses: { 201: ready, 202: pending },
  },
  get_protection_group: { responses: { 200: { ...ready, ...pending } } },
  update_protection_group: {
    request: {
      settings: {
        summary: 'Other settings for all servers, and no description',
        value: { description: null, launchConfig: { ...launchConfig, instanceType: 'm7i-flex.xlarge' } },
      },
      policy: {
        summary: 'What is to be done about drift, where it is other than in the environment',
        value: { driftPolicy },
      },
      pinned: {
        summary: 'Settings of one version of a configuration, whatever is published later',
        value: { configuration: { configurationId: 'payments', version: 2 }, launchConfig: null },
      },
    },
    responses: { 200: ready, 202: pending },
  },
  delete_protection_group: {
    responses: {
      200: { deleted: { summary: 'Gone', value: { groupId: 'pg-orders', generation: 8, status: 'deleted' } } },
      202: {
        deleting: {
          summary: 'Servers are still being released',
          value: { groupId: 'pg-orders', generation: 8, status: 'deleting' },
        },
      },
    },
  },
  add_servers_to_group: {
    request: {
      one: { summary: 'A server with a setting of its own', value: { serverIds: [OTHER_SERVER], serverOverrides } },
    },
    responses: { 200: ready, 202: pending },
  },
  remove_servers_from_group: {
    request: { one: { summary: 'A server', value: { serverIds: ['s-00000000000000001'] } } },
    responses: { 200: ready, 202: pending },
  },
} as const satisfies Record<string, OperationExamples>;
