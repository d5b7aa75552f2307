import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { VersionRef } from '@prelaunch/contracts/configuration';
import {
  type Catalogue,
  type ConfigurationDraft,
  type ConfigurationVersion,
  EMPTY_CATALOGUE,
  nameOf,
} from '@prelaunch/core/configuration/configuration';
import type { ConfigurationStore, RolloutProgress, RolloutStore } from '@prelaunch/core/configuration/ports';
import pMap from 'p-map';
import type { z } from 'zod';
import { lastAsked } from './last-asked.ts';
import { StoredCatalogue, StoredDraft, StoredEdge, StoredRollout, StoredVersion } from './stored-configurations.ts';
import { isNew, isUnchanged, type Stored, type TableItems, tableItems } from './table-items.ts';

/**
 * Everything of a configuration is under its id: its versions, its draft, its rollouts, and an edge for each version of another one
 * that named it as a parent. The catalogue is where no configuration can be.
 */
const CATALOGUE = { configurationId: '#catalogue', item: 'catalogue' };
const DRAFT = 'draft';
const VERSIONS = 'v#';
const CHILDREN = 'child#';

/** Two of each configuration there may be, of some KB each. */
const VERSIONS_KEPT_MAX = 4000;
const QUERIES_AT_ONCE = 8;

export function dynamoConfigurationStore(
  client: DynamoDBDocumentClient,
  tableName: string,
): ConfigurationStore & RolloutStore {
  const table = tableItems(client, tableName);
  return { ...catalogueIn(table), ...versionsIn(table), ...draftsIn(table), ...rolloutsIn(table) };
}

function catalogueIn(table: TableItems): Pick<ConfigurationStore, 'catalogue' | 'saveCatalogue'> {
  return {
    async catalogue() {
      const [stored] = await table.get([CATALOGUE]);
      if (!stored) return EMPTY_CATALOGUE;
      const { configurationId: _none, ...catalogue } = parsed<Catalogue & { readonly configurationId: string }>(
        StoredCatalogue,
        stored,
      );
      return catalogue;
    },
    saveCatalogue: (catalogue) =>
      table.put(
        { ...catalogue, ...CATALOGUE, version: catalogue.version + 1 },
        isUnchanged('item', 'version', catalogue.version),
      ),
  };
}

function versionsIn(table: TableItems): Pick<ConfigurationStore, 'versions' | 'history' | 'addVersion' | 'childrenOf'> {
  const known = lastAsked<ConfigurationVersion>(VERSIONS_KEPT_MAX);
  const keep = (stored: Stored) => {
    const version = parsed<ConfigurationVersion>(StoredVersion, stored);
    return known.keep(nameOf(version), version);
  };

  return {
    async versions(refs) {
      const found = new Map<string, ConfigurationVersion>();
      const missing = new Map<string, Stored>();
      for (const ref of refs) {
        const name = nameOf(ref);
        const version = known.get(name);
        if (version) found.set(name, version);
        else missing.set(name, { configurationId: ref.configurationId, item: versionItem(ref.version) });
      }
      for (const version of (await table.get([...missing.values()])).map(keep)) found.set(nameOf(version), version);
      return found;
    },

    async history(configurationId, { before = Number.MAX_SAFE_INTEGER, limit }) {
      const found: ConfigurationVersion[] = [];
      const newestFirst = table.query({
        KeyConditionExpression: '#configurationId = :configurationId AND #item BETWEEN :first AND :last',
        ExpressionAttributeNames: { '#configurationId': 'configurationId', '#item': 'item' },
        ExpressionAttributeValues: {
          ':configurationId': configurationId,
          ':first': VERSIONS,
          ':last': versionItem(before - 1),
        },
        ScanIndexForward: false,
        Limit: limit,
      });
      for await (const stored of newestFirst) {
        found.push(keep(stored));
        // A page ends at 1 MB, so there may be several even of these.
        if (found.length === limit) break;
      }
      return found;
    },

    async addVersion(version) {
      const { configurationId, version: number, parents } = version;
      const edge = { item: childItem(version), childId: configurationId, childVersion: number };
      // Edges first: whoever sees a version finds all of its edges.
      await Promise.all(parents.map((parent) => table.put({ configurationId: parent.configurationId, ...edge })));
      return table.put({ ...version, item: versionItem(number) }, isNew('item'));
    },

    async childrenOf(configurationIds) {
      const children = async (parent: string) => [parent, await childrenIn(table, parent)] as const;
      return new Map(await pMap(new Set(configurationIds), children, { concurrency: QUERIES_AT_ONCE }));
    },
  };
}

async function childrenIn(table: TableItems, parent: string): Promise<VersionRef[]> {
  const edges = table.query({
    KeyConditionExpression: '#configurationId = :parent AND begins_with(#item, :children)',
    ExpressionAttributeNames: { '#configurationId': 'configurationId', '#item': 'item' },
    ExpressionAttributeValues: { ':parent': parent, ':children': CHILDREN },
  });
  const found: VersionRef[] = [];
  for await (const stored of edges) {
    const { childId, childVersion } = StoredEdge.parse(stored);
    found.push({ configurationId: childId, version: childVersion });
  }
  return found;
}

function draftsIn(table: TableItems): Pick<ConfigurationStore, 'draft' | 'saveDraft'> {
  return {
    async draft(configurationId) {
      const [stored] = await table.get([{ configurationId, item: DRAFT }]);
      return stored && parsed<ConfigurationDraft>(StoredDraft, stored);
    },
    saveDraft: (draft) =>
      table.put({ ...draft, item: DRAFT, version: draft.version + 1 }, isUnchanged('item', 'version', draft.version)),
  };
}

function rolloutsIn(table: TableItems): RolloutStore {
  return {
    async rollout({ configurationId, version }) {
      const [stored] = await table.get([{ configurationId, item: rolloutItem(version) }]);
      return stored && parsed<RolloutProgress>(StoredRollout, stored);
    },
    saveRollout: (progress) =>
      table.put(
        { ...progress, item: rolloutItem(progress.version), writes: progress.writes + 1 },
        isUnchanged('item', 'writes', progress.writes),
      ),
  };
}

/** What an item says, without its place under its configuration. */
function parsed<Content>(schema: z.ZodType<Stored>, stored: Stored): Content {
  const { item: _item, ...content } = schema.parse(stored);
  return content as Content;
}

const DIGITS = 8;

/** As text, in the order of the numbers. */
function padded(version: number): string {
  return String(version).padStart(DIGITS, '0');
}

function versionItem(version: number): string {
  return `${VERSIONS}${padded(version)}`;
}

function childItem({ configurationId, version }: VersionRef): string {
  return `${CHILDREN}${configurationId}#${padded(version)}`;
}

function rolloutItem(version: number): string {
  return `rollout#${padded(version)}`;
}
