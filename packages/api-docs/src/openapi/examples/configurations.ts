import type {
  Configuration,
  ConfigurationDraft,
  ConfigurationGraph,
  ConfigurationSummary,
  PublishConfigurationResponse,
  PublishPlan,
  ResolveConfigurationResponse,
} from '@prelaunch/contracts/operations/configurations';
import type { OperationExamples } from '../examples.ts';
import { BY, CHANGED_AT, CONFIG_HASH } from './statuses.ts';

/** Payments inherit from production, that from network before compliance, and both of these from base. */
const BASE = { configurationId: 'base', version: 3 };
const COMPLIANCE = { configurationId: 'compliance', version: 2 };
const NETWORK = { configurationId: 'network', version: 5 };
const PRODUCTION = { configurationId: 'production', version: 3 };
const PAYMENTS = { configurationId: 'payments', version: 2 };
const PRODUCTION_PATH = [PRODUCTION, NETWORK, COMPLIANCE, BASE];
export const PAYMENTS_PATH = [PAYMENTS, ...PRODUCTION_PATH];

export const PLAN_HASH = 'sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';
const APPROVER = 'sam.lee';
const REVISION = 11;

const text = { description: 'What all production servers have in common', owner: 'platform' };
const parents = [{ configurationId: 'network' }, { configurationId: 'compliance' }];
const content = {
  parents,
  settings: { launchDisposition: 'STARTED', tags: { environment: 'production' } },
  variants: { 'm7i.*': { tenancy: 'default' } },
  unset: [],
  locked: ['launchDisposition'],
  ...text,
};
const drafted = { ...content, settings: { ...content.settings, metadataOptions: { httpTokens: 'required' } } };

const published = {
  ...PRODUCTION,
  author: BY,
  publishedAt: CHANGED_AT,
  message: 'Start servers at once',
  hash: CONFIG_HASH,
  rolledBackTo: null,
};

const production: Configuration = {
  ...published,
  ...content,
  path: PRODUCTION_PATH,
  draft: { generation: 2, savedBy: BY, savedAt: CHANGED_AT },
  rollout: null,
};

const stopped: Configuration = {
  ...production,
  ...drafted,
  version: 4,
  author: APPROVER,
  message: 'Instance metadata only with a token',
  path: [{ ...PRODUCTION, version: 4 }, NETWORK, COMPLIANCE, BASE],
  draft: null,
  rollout: {
    version: 4,
    state: 'stopped',
    groups: 14,
    reached: 2,
    because: '3 of 12 servers failed that had not failed before, more than the share of 0.1',
  },
};

const summary: ConfigurationSummary = { ...published, parents, ...text };
const first: ConfigurationSummary = { ...summary, version: 2, message: 'Tag what is production' };

const draft: ConfigurationDraft = {
  configurationId: 'production',
  generation: 2,
  basedOn: 3,
  ...drafted,
  authors: ['cognito:0d7c6a54-3b21-4f0e-8d9c-1a2b3c4d5e6f'],
  savedBy: BY,
  savedAt: CHANGED_AT,
};

const mermaid = [
  'flowchart BT',
  '  n0["base@3"]',
  '  n1["compliance@2"]',
  '  n2["network@5"]',
  '  n3["payments@2"]',
  '  n4["production@3"]',
  '  n1 --> n0',
  '  n2 --> n0',
  '  n3 --> n4',
  '  n4 --> n2',
  '  n4 --> n1',
  '',
].join('\n');

const node = { description: null, owner: 'platform', pinned: false, affected: false };
const graph: ConfigurationGraph = {
  catalogueRevision: REVISION,
  nodes: [
    { ...BASE, ...node },
    { ...COMPLIANCE, ...node, owner: 'security' },
    { ...NETWORK, ...node },
    { ...PAYMENTS, ...node, owner: 'payments' },
    { ...PRODUCTION, ...node, ...text },
  ],
  edges: [
    { from: 'compliance@2', to: 'base@3', order: 0, pinned: false },
    { from: 'network@5', to: 'base@3', order: 0, pinned: false },
    { from: 'payments@2', to: 'production@3', order: 0, pinned: false },
    { from: 'production@3', to: 'network@5', order: 0, pinned: false },
    { from: 'production@3', to: 'compliance@2', order: 1, pinned: false },
  ],
  mermaid,
};

const exported: ConfigurationGraph = {
  catalogueRevision: REVISION,
  nodes: [{ ...BASE, ...node }],
  edges: [],
  mermaid: 'flowchart BT\n  n0["base@3"]\n',
  export:
    "MERGE (n:Configuration {id: 'base', version: 3}) SET n.description = null, n.owner = 'platform', n.pinned = false, n.affected = false;\n",
};

const plan: PublishPlan = {
  configurationId: 'production',
  version: 4,
  basedOn: 3,
  catalogueRevision: REVISION,
  planHash: PLAN_HASH,
  publishable: true,
  problems: [],
  approval: { needed: true, because: ['it changes critical settings'] },
  affectedConfigurations: ['production', 'payments'],
  groups: 14,
  servers: 120,
  changedServers: 118,
  changes: [
    {
      key: 'metadataOptions',
      to: { httpTokens: 'required' },
      servers: 118,
      groups: ['pg-orders', 'pg-web'],
      groupCount: 14,
      keyClass: 'critical',
      mayFailLaunch: false,
    },
  ],
  moreChanges: 0,
  conflicts: [{ key: 'monitoring', in: 'production', winner: NETWORK, loser: COMPLIANCE }],
  lockHits: [
    {
      key: 'launchDisposition',
      lockedBy: { layer: 'configuration', configurationId: 'production', version: 4 },
      beaten: { layer: 'launchConfig' },
      servers: 2,
    },
  ],
  mermaid: [
    'flowchart BT',
    '  n0["base@3"]',
    '  n1["compliance@2"]',
    '  n2["network@5"]',
    '  n3["payments@2"]',
    '  n4["production@4"]',
    '  n1 --> n0',
    '  n2 --> n0',
    '  n3 --> n4',
    '  n4 --> n2',
    '  n4 --> n1',
    '  classDef affected fill:#fff3cd,stroke:#b8860b,color:#000000',
    '  class n3,n4 affected',
    '',
  ].join('\n'),
};

/** An outdated plan is answered with the one that holds now. */
export const freshPlan: PublishPlan = {
  ...plan,
  planHash: 'sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9',
  servers: 121,
  changedServers: 119,
};

const refused: PublishPlan = {
  ...plan,
  publishable: false,
  problems: [
    {
      code: 'configuration.locked',
      message: 'production states metadataOptions, which compliance@2 has locked',
      path: 'configurations.production.settings.metadataOptions',
      value: 'metadataOptions',
      allowed: 'nothing about metadataOptions: take it out, or have it unlocked in compliance first',
    },
  ],
};

const fourth: PublishConfigurationResponse = {
  ...published,
  version: 4,
  author: APPROVER,
  message: 'Instance metadata only with a token',
  catalogueRevision: REVISION + 1,
  groups: 14,
  changedServers: 118,
};

const inProduction = { layer: 'configuration', ...PRODUCTION } as const;
const inBase = { layer: 'configuration', ...BASE } as const;

const resolved: ResolveConfigurationResponse = {
  configuration: { configurationId: 'payments' },
  bindingId: 'user:alice:10',
  settings: { copyTags: true, launchDisposition: 'STARTED', tags: { environment: 'production' } },
  path: PAYMENTS_PATH,
  provenance: {
    copyTags: { winner: { by: inBase, value: true }, losers: [] },
    launchDisposition: {
      winner: { by: inProduction, value: 'STARTED' },
      losers: [
        { by: { layer: 'overrides' }, value: 'STOPPED', reason: 'locked', beatenBy: inProduction },
        { by: inBase, value: 'STOPPED', reason: 'overridden', beatenBy: inProduction },
      ],
    },
    'tags.environment': { winner: { by: inProduction, value: 'production' }, losers: [] },
  },
  problems: [],
  catalogueRevision: REVISION,
  configHash: CONFIG_HASH,
  hashVersion: 1,
};

const publishing = { planHash: PLAN_HASH, message: fourth.message };

export const configurationExamples = {
  resolve_configuration: {
    request: {
      user: {
        summary: 'What a user is bound to, with a setting that is tried out',
        value: { userId: 'alice', userGroups: ['operators'], overrides: { launchDisposition: 'STOPPED' } },
      },
      version: {
        summary: 'A version as it was published, for an instance type',
        value: { configurationId: 'payments', version: 2, instanceType: 'm7i.large' },
      },
      server: {
        summary: 'A server of a protection group',
        value: { groupId: 'pg-orders', serverId: 's-1234567890abcdef0' },
      },
    },
    responses: { 200: { user: { summary: 'The effective settings, and where they come from', value: resolved } } },
  },
  list_configurations: {
    responses: {
      200: {
        page: {
          summary: 'A page with more behind it',
          value: { catalogueRevision: REVISION, configurations: [summary], nextToken: 'cHJvZHVjdGlvbg' },
        },
      },
    },
  },
  get_configuration: {
    responses: {
      200: {
        everywhere: { summary: 'The newest version, which every group has', value: production },
        stopped: { summary: 'A version with which too much failed', value: stopped },
      },
    },
  },
  list_configuration_versions: {
    responses: { 200: { page: { summary: 'Two versions', value: { versions: [summary, first] } } } },
  },
  compare_configuration_versions: {
    responses: {
      200: {
        different: {
          summary: 'A setting that was not stated before',
          value: {
            configurationId: 'production',
            fromVersion: 3,
            toVersion: 4,
            same: false,
            differences: [{ path: 'settings.metadataOptions', to: { httpTokens: 'required' } }],
          },
        },
      },
    },
  },
  get_configuration_draft: { responses: { 200: { draft: { summary: 'What waits to be published', value: draft } } } },
  save_configuration_draft: {
    request: {
      production: { summary: 'All that the next version is to say', value: drafted },
      base: {
        summary: 'A configuration that others are to inherit from',
        value: { settings: { copyTags: true, launchDisposition: 'STOPPED' }, owner: 'platform' },
      },
    },
    responses: { 200: { saved: { summary: 'The draft as it was saved', value: draft } } },
  },
  discard_configuration_draft: {
    responses: {
      200: { discarded: { summary: 'Gone', value: { configurationId: 'production', discarded: true } } },
    },
  },
  plan_configuration_publish: {
    responses: {
      200: {
        publishable: { summary: 'Somebody who did not write it has to publish it', value: plan },
        refused: { summary: 'It states what something further up has locked', value: refused },
      },
    },
  },
  publish_configuration: {
    request: {
      careful: {
        summary: 'Stops when one of a hundred servers fails',
        value: { ...publishing, maxFailureShare: 0.01 },
      },
    },
    responses: { 201: { published: { summary: 'The rollout begins', value: fourth } } },
  },
  rollback_configuration: {
    request: {
      back: {
        summary: 'Says again what version 3 says',
        value: { toVersion: 3, planHash: PLAN_HASH, message: 'Drivers of the web servers cannot use tokens' },
      },
    },
    responses: {
      201: {
        published: {
          summary: 'Version 5 says what version 3 says',
          value: {
            ...fourth,
            version: 5,
            author: BY,
            message: 'Drivers of the web servers cannot use tokens',
            rolledBackTo: 3,
            catalogueRevision: REVISION + 2,
          },
        },
      },
    },
  },
  resume_configuration_rollout: {
    responses: {
      200: {
        running: {
          summary: 'The rollout goes on',
          value: {
            configurationId: 'production',
            rollout: { version: 4, state: 'running', groups: 14, reached: 2, because: null },
          },
        },
      },
    },
  },
  delete_configuration: {
    responses: {
      200: { deleted: { summary: 'Gone', value: { configurationId: 'sandbox', catalogueRevision: REVISION + 1 } } },
    },
  },
  get_configuration_graph: {
    responses: {
      200: {
        all: { summary: 'Two parents that inherit from the same one', value: graph },
        export: {
          summary: 'One configuration, exported as openCypher',
          value: exported,
        },
      },
    },
  },
} as const satisfies Record<string, OperationExamples>;
