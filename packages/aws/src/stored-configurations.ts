import * as z from 'zod';

/**
 * Items of the configuration graph as they stand in the tables. Attributes of a newer version are kept when an older one writes the
 * item back.
 */

/** Versions never change, but what is allowed of settings does: what was published once stays readable. */
const StatedSettings = z.record(z.string(), z.unknown());

const Ref = z.object({ configurationId: z.string(), version: z.number().optional() });

const content = {
  parents: z.array(Ref),
  settings: StatedSettings,
  variants: z.record(z.string(), StatedSettings),
  unset: z.array(z.string()),
  locked: z.array(z.string()),
  description: z.string().optional(),
  owner: z.string().optional(),
};

export const StoredVersion = z.looseObject({
  configurationId: z.string(),
  version: z.number(),
  ...content,
  hash: z.string(),
  lineage: z.array(Ref.required()),
  author: z.string(),
  publishedBy: z.string(),
  publishedAt: z.string(),
  message: z.string(),
  planHash: z.string(),
  rolledBackTo: z.number().optional(),
});

export const StoredDraft = z.looseObject({
  configurationId: z.string(),
  ...content,
  basedOn: z.number(),
  authors: z.array(z.string()),
  savedBy: z.string(),
  savedAt: z.string(),
  discarded: z.boolean().optional(),
  version: z.number(),
});

const StoredHead = z.looseObject({ version: z.number(), skipped: z.array(z.number()).optional() });

const StoredRolloutMark = z.looseObject({
  version: z.number(),
  previous: z.array(z.number()),
  state: z.enum(['running', 'stopped']),
  maxFailureShare: z.number(),
  because: z.string().optional(),
  by: z.string(),
  requestedBy: z.string(),
  correlationId: z.string(),
});

export const StoredCatalogue = z.looseObject({
  revision: z.number(),
  heads: z.record(z.string(), StoredHead),
  retired: z.record(z.string(), StoredHead),
  rollouts: z.record(z.string(), StoredRolloutMark),
  version: z.number(),
});

export const StoredRollout = z.looseObject({
  configurationId: z.string(),
  version: z.number(),
  groupIds: z.array(z.string()),
  reached: z.array(z.looseObject({ groupId: z.string(), failedBefore: z.number() })),
  writes: z.number(),
});

/** Below a parent: one version of one configuration that named it. */
export const StoredEdge = z.object({ childId: z.string(), childVersion: z.number() });

/** `subject` and `priority` are the key, as text. */
export const StoredBindingItem = z.looseObject({
  subject: z.string(),
  priority: z.string(),
  bindingId: z.string(),
  configuration: Ref,
  changedBy: z.string(),
  changedAt: z.string(),
  version: z.number(),
});
