import type { DriftUnknown } from '@prelaunch/contracts/drift';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import pMap from 'p-map';
import { hasAwsCode } from '../apply/apply-errors.ts';
import type {
  LaunchConfiguration,
  LaunchConfigurations,
  LaunchTemplates,
  Target,
  TemplateVersion,
} from '../apply/ports.ts';
import { RateBudgetError, type RateBudgets } from '../apply/rate-budgets.ts';
import type { Clock } from '../group/ports.ts';
import { statusErrorOf } from '../status/status-error.ts';

export interface ObserveDeps {
  readonly launchConfigurations: Pick<LaunchConfigurations, 'get'>;
  readonly launchTemplates: Pick<LaunchTemplates, 'getDefault'>;
  readonly budgets: RateBudgets;
  readonly now: Clock;
  readonly pause: (ms: number) => Promise<void>;
}

/** What AWS has for one server, or why that could not be told. `gone`: AWS says that there is no such server. */
export type Observation =
  | { readonly kind: 'observed'; readonly observed: ObservedServer }
  | { readonly kind: 'unknown'; readonly unknown: DriftUnknown }
  | { readonly kind: 'gone'; readonly unknown: DriftUnknown };

export interface ObservedServer {
  readonly settings: LaunchSettings;
  readonly launchTemplateId: string;
  readonly launchTemplateVersion: number;
  /** Who made that version, as EC2 names them. */
  readonly templateWriter: string | undefined;
  /** ISO 8601, before the first of the reads. */
  readonly readAt: string;
}

/** Reads of DRS under way at once. */
const READS_AT_ONCE = 32;
/** Reads that are reserved together: few writes of the shared budget. */
const READS_RESERVED = 25;

/** A server, with the template that it is known to have. */
export interface ServerToObserve {
  readonly serverId: string;
  readonly launchTemplateId?: string | undefined;
}

/** Reads what AWS has for some of the servers. Throws `RateBudgetError` when there is no turn now. */
export type Observer = (serverIds: readonly string[]) => Promise<Map<string, Observation>>;

/**
 * Reads what AWS has for servers of one target, part by part: one call to DRS for each, since it offers nothing else. Their templates
 * are read at once and meanwhile, so that they are pages and not calls. Audits keep to a rate of their own, so that a wave finds DRS
 * unthrottled. A read that fails says so for its server alone.
 */
export function observer(target: Target, servers: readonly ServerToObserve[], deps: ObserveDeps): Observer {
  const readAt = deps.now().toISOString();
  const turn = readTurns(target, Math.min(READS_RESERVED, servers.length), deps);
  const ids = new Set(servers.flatMap(({ launchTemplateId }) => launchTemplateId ?? []));
  const begun = new Map([...ids].map((id) => [id, begunRead(deps.launchTemplates.getDefault(target, id))]));
  const template = (id: string) => begun.get(id) ?? deps.launchTemplates.getDefault(target, id);
  const known = new Set(servers.flatMap(({ serverId, launchTemplateId }) => (launchTemplateId ? [serverId] : [])));
  const reading = { target, readAt, turn, template, known, deps };
  return async (serverIds) =>
    new Map(await pMap(serverIds, (id) => observation(id, reading), { concurrency: READS_AT_ONCE }));
}

/** Its failure is told to whoever asks for it; until then it is nobody's. */
function begunRead<Found>(read: Promise<Found>): Promise<Found> {
  read.catch(() => undefined);
  return read;
}

/** Waits for one read's turn. */
type Turn = () => Promise<void>;

function readTurns(target: Target, size: number, { budgets, now, pause }: ObserveDeps): Turn {
  let left = 0;
  let taking: Promise<void> | undefined;
  const take = async () => {
    const from = await budgets.take(target, 'GetLaunchConfiguration', size);
    if (from > now().getTime()) await pause(from - now().getTime());
    left += size;
  };
  return async () => {
    while (left === 0) {
      taking ??= take().finally(() => {
        taking = undefined;
      });
      await taking;
    }
    left -= 1;
  };
}

interface Reading {
  readonly target: Target;
  readonly readAt: string;
  readonly turn: Turn;
  readonly template: (launchTemplateId: string) => Promise<TemplateVersion>;
  /** Servers whose template was read before. */
  readonly known: ReadonlySet<string>;
  readonly deps: ObserveDeps;
}

const NO_TEMPLATE = 'InvalidLaunchTemplateId.NotFound';

async function observation(serverId: string, reading: Reading): Promise<[string, Observation]> {
  await reading.turn();
  try {
    return [serverId, { kind: 'observed', observed: await observed(serverId, reading) }];
  } catch (error) {
    const failure = failureOf(error, reading.deps);
    // One that was read once is not only shown late: the server would be launched from nothing that is known.
    const isDeleted = failure.kind === 'unknown' && hasAwsCode(error, NO_TEMPLATE) && reading.known.has(serverId);
    return [serverId, isDeleted ? { ...failure, kind: 'gone' } : failure];
  }
}

/** A template that was deleted or replaced since DRS named it is looked up once more. */
async function observed(serverId: string, { target, readAt, template, deps }: Reading): Promise<ObservedServer> {
  const { launchConfigurations, launchTemplates } = deps;
  const configuration = await launchConfigurations.get(target, serverId);
  try {
    return together(configuration, await template(configuration.launchTemplateId), readAt);
  } catch (error) {
    if (!hasAwsCode(error, NO_TEMPLATE)) throw error;
    const renamed = await launchConfigurations.get(target, serverId);
    if (renamed.launchTemplateId === configuration.launchTemplateId) throw error;
    return together(renamed, await launchTemplates.getDefault(target, renamed.launchTemplateId), readAt);
  }
}

function together(configuration: LaunchConfiguration, template: TemplateVersion, readAt: string): ObservedServer {
  return {
    settings: { ...configuration.settings, ...template.settings },
    launchTemplateId: template.launchTemplateId,
    launchTemplateVersion: template.versionNumber,
    templateWriter: template.createdBy,
    readAt,
  };
}

function failureOf(error: unknown, { now }: ObserveDeps): Observation {
  // Nobody failed: it is not our turn, and the whole audit comes back.
  if (error instanceof RateBudgetError) throw error;
  const { code, message, awsCode, remedy } = statusErrorOf(error, 'drift.unexpected', now().toISOString());
  if (awsCode === 'ResourceNotFoundException')
    return { kind: 'gone', unknown: { code: 'drift.instance_gone', message, awsCode } };
  return { kind: 'unknown', unknown: { code, message, ...(awsCode && { awsCode }), ...(remedy && { remedy }) } };
}
