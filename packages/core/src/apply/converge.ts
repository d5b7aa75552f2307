import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { Clock } from '../group/ports.ts';
import type { Applied, Desired, Written } from '../group/source-server.ts';
import { HASH_VERSION, hashSettings } from '../settings/normalize-settings.ts';
import type { TargetInventory } from '../target/target-inventory.ts';
import { concerning, hasAwsCode, ReadBackMismatchError, StaleReadError } from './apply-errors.ts';
import type { KnownDefault } from './known-defaults.ts';
import { differences, observedAs, settingNames } from './observed-settings.ts';
import type { LaunchConfiguration, LaunchConfigurations, LaunchTemplates, Target, TemplateVersion } from './ports.ts';
import { drsPart, isStated, templatePart } from './setting-parts.ts';
import { isStaleAddress } from './stale-address.ts';
import type { TemplateTurn } from './template-turn.ts';
import { CATCH_UP_MS, type Wanted, type WrittenTemplate, writeTemplate } from './write-template.ts';

export interface ConvergeDeps {
  readonly launchConfigurations: LaunchConfigurations;
  readonly launchTemplates: LaunchTemplates;
  readonly inventory: TargetInventory;
  readonly pause: (ms: number) => Promise<void>;
}

interface ReadDeps extends ConvergeDeps {
  readonly now: Clock;
}

/** One worker's task: the settings of one server. */
export interface ConvergeTask {
  readonly target: Target;
  readonly serverId: string;
  readonly desired: Desired;
  /** The version that was written or read back a moment ago, if one was: EC2 may still show what was before. */
  readonly recent: KnownDefault | undefined;
  /** False for a default that may be what was before somebody's last write. */
  readonly isSurelyShown: (version: TemplateVersion) => boolean;
  /** Somebody began before and had no result, so a version that is found may be theirs. */
  readonly isRepeated: boolean;
  /** What tells this work from the same work later: tokens are the same within it only. */
  readonly lineage: string;
  /** Told of a version before it is made the default. */
  readonly writing: (version: Omit<Written, 'at'>) => void;
  /** Who works. */
  readonly owner: string;
  /** Throws when the worker may no longer write. */
  readonly guard: () => void;
  readonly turn: TemplateTurn;
}

/** What was read back, from the beginning of that on; and all that AWS has, stated or not. */
export interface ReadBack extends Applied {
  readonly live: LaunchSettings;
}

interface Observed {
  /** ISO 8601, before the first of the reads. */
  readonly readAt: string;
  readonly configuration: LaunchConfiguration;
  readonly template: TemplateVersion;
}

/**
 * Makes AWS have the desired settings of one server and reads them back. Writes only what differs: DRS first, since DRS makes a
 * template version itself, then the template on top of what is the default by then.
 */
export async function converge(task: ConvergeTask, deps: ReadDeps): Promise<ReadBack> {
  const { target, serverId, desired } = task;
  let readAt = deps.now().toISOString();
  const found = await deps.launchConfigurations.get(target, serverId);
  const changes = drsPart(differences(drsPart(desired.settings), found.settings));
  if (isStated(changes)) {
    task.guard();
    await deps.launchConfigurations.update(target, serverId, changes).catch(concerning(changes));
    readAt = deps.now().toISOString();
  }
  const wanted = wantedTemplate(found, task, deps);
  const template = await inItsTemplate(found, task, deps, (id) => writeTemplate(id, wanted, task, deps));
  if (!isStated(changes) && !template.wrote)
    return verified(desired, { readAt, configuration: found, template: template.version });
  return readBack(template, readAt, task, deps);
}

/** What the template should have: the stated settings, and no address that DRS copied before it was told to stop. */
function wantedTemplate(found: LaunchConfiguration, task: ConvergeTask, deps: ConvergeDeps): Wanted {
  const stated = templatePart(task.desired.settings);
  return async (base) =>
    (await isStaleAddress(base, found, task, deps)) ? { ...stated, privateIpAddress: null } : stated;
}

/** Works on the template that DRS names; when that was deleted or replaced meanwhile, on the one DRS names by then. */
async function inItsTemplate(
  found: LaunchConfiguration,
  { target, serverId }: ConvergeTask,
  { launchConfigurations }: ConvergeDeps,
  work: (launchTemplateId: string) => Promise<WrittenTemplate>,
): Promise<WrittenTemplate> {
  try {
    return await work(found.launchTemplateId);
  } catch (error) {
    if (!hasAwsCode(error, 'InvalidLaunchTemplateId.NotFound')) throw error;
    const { launchTemplateId } = await launchConfigurations.get(target, serverId);
    if (launchTemplateId === found.launchTemplateId) throw error;
    return work(launchTemplateId);
  }
}

/**
 * Reads both sides again. Versions never change, so the template has what its version was made with as long as that is the
 * default; EC2 is given some time to show it. If it is another one by then, what counts is what that one has.
 */
async function readBack(
  { version, wrote }: WrittenTemplate,
  templateReadAt: string,
  task: ConvergeTask,
  deps: ReadDeps,
): Promise<ReadBack> {
  const { target, serverId, desired } = task;
  const { launchConfigurations, launchTemplates, pause, now } = deps;
  const { launchTemplateId, versionNumber } = version;
  let seen: number | undefined;
  for (const waitMs of CATCH_UP_MS) {
    const readAt = wrote ? now().toISOString() : templateReadAt;
    const [configuration, { defaultVersion, latestVersion }] = await Promise.all([
      launchConfigurations.get(target, serverId),
      // A template that was not written was read after the last write to DRS.
      wrote
        ? launchTemplates.getNumbers(target, launchTemplateId)
        : { defaultVersion: versionNumber, latestVersion: versionNumber },
    ]);
    if (configuration.launchTemplateId === launchTemplateId && defaultVersion === versionNumber)
      return verified(desired, { readAt, configuration, template: version });
    if (configuration.launchTemplateId !== launchTemplateId) break;
    if (latestVersion > versionNumber) {
      seen = defaultVersion;
      break;
    }
    await pause(waitMs);
  }
  const readAt = now().toISOString();
  const configuration = await launchConfigurations.get(target, serverId);
  const template = await launchTemplates.getDefault(target, configuration.launchTemplateId);
  // Versions may be shown later than the numbers.
  if (seen !== undefined && template.versionNumber !== seen) throw new StaleReadError(launchTemplateId);
  return verified(desired, { readAt, configuration, template });
}

function verified({ settings, hash }: Desired, { readAt, configuration, template }: Observed): ReadBack {
  const live = { ...configuration.settings, ...template.settings };
  if (hashSettings(observedAs(settings, live)) !== hash)
    throw new ReadBackMismatchError(settingNames(differences(settings, live)));
  return {
    hash,
    templateHash: hashSettings(templatePart(settings)),
    hashVersion: HASH_VERSION,
    launchTemplateId: template.launchTemplateId,
    launchTemplateVersion: template.versionNumber,
    verifiedAt: readAt,
    live,
  };
}
