import { createHash } from 'node:crypto';
import { canonicalSettings } from '../settings/normalize-settings.ts';
import { concerning, hasAwsCode, StaleReadError } from './apply-errors.ts';
import type { ConvergeDeps, ConvergeTask } from './converge.ts';
import { differences } from './observed-settings.ts';
import type { TemplateSettings, TemplateVersion } from './ports.ts';
import { isStated } from './setting-parts.ts';

/** The default version of a template with the wanted settings, and whether it had to be made. */
export interface WrittenTemplate {
  readonly version: TemplateVersion;
  readonly wrote: boolean;
}

/** What the template should have, given one of its versions. */
export type Wanted = (base: TemplateVersion) => Promise<TemplateSettings>;

/** How often others are followed who change the template in between. */
const MOVES_MAX = 3;
/** Waits for EC2's describes to show what was written, before the message goes back to the queue instead. */
export const CATCH_UP_MS: readonly number[] = [150, 300, 600];

/**
 * Makes the default version of a launch template have what is wanted, on top of what is the default by then, by its exact number.
 * Others may write meanwhile: a version that somebody made in between becomes the base, so that no edit is lost.
 */
export async function writeTemplate(
  launchTemplateId: string,
  wanted: Wanted,
  task: ConvergeTask,
  deps: ConvergeDeps,
): Promise<WrittenTemplate> {
  const { target } = task;
  let base = await deps.launchTemplates.getDefault(target, launchTemplateId);
  let wrote = false;
  for (let move = 0; move < MOVES_MAX; move += 1) {
    const changes = differences(await wanted(base), base.settings);
    if (!isStated(changes) && !wrote) return { version: base, wrote };
    // Only the first try may find a version that an earlier worker made of the same change.
    const salt = move === 0 ? '' : task.owner;
    const made = isStated(changes) ? await makeVersion({ base, changes, salt }, task, deps) : base;
    const moved = wrote ? undefined : await movedFrom(base, made, task, deps);
    if (moved) {
      base = moved;
      continue;
    }
    const newer = await makeDefault(made, task, deps);
    if (!newer) return { version: made, wrote: true };
    base = newer;
    wrote = true;
  }
  throw new StaleReadError(launchTemplateId);
}

interface Change {
  readonly base: TemplateVersion;
  readonly changes: TemplateSettings;
  readonly salt: string;
}

async function makeVersion(change: Change, task: ConvergeTask, deps: ConvergeDeps): Promise<TemplateVersion> {
  const { launchTemplates } = deps;
  const { target, serverId } = task;
  const { base, changes } = change;
  const create = async () => {
    await task.turn();
    task.guard();
    return launchTemplates.createVersion(target, base, changes, clientToken(serverId, change));
  };
  return create()
    .catch(async (error: unknown) => {
      if (!hasAwsCode(error, 'VersionLimitExceeded')) throw error;
      // Room is made of Prelaunch's own old versions only.
      if ((await launchTemplates.prune(target, base.launchTemplateId, 1)) === 0) throw error;
      return create();
    })
    .catch(concerning(changes));
}

/**
 * The newer default, if somebody moved it since `base` was read. A number that does not follow the base's says that versions were
 * made in between; only then it has to be looked up whether one of them is the default by now.
 */
async function movedFrom(
  base: TemplateVersion,
  made: TemplateVersion,
  { target }: ConvergeTask,
  { launchTemplates, pause }: ConvergeDeps,
): Promise<TemplateVersion | undefined> {
  if (made.versionNumber === base.versionNumber + 1) return undefined;
  for (const waitMs of CATCH_UP_MS) {
    const { defaultVersion, latestVersion } = await launchTemplates.getNumbers(target, base.launchTemplateId);
    if (latestVersion >= made.versionNumber)
      return defaultVersion === base.versionNumber
        ? undefined
        : launchTemplates.getDefault(target, base.launchTemplateId);
    await pause(waitMs);
  }
  throw new StaleReadError(base.launchTemplateId);
}

/** Makes a version the default. Answers the newest version where somebody made one after it, which may have been the default. */
async function makeDefault(
  made: TemplateVersion,
  task: ConvergeTask,
  { launchTemplates }: ConvergeDeps,
): Promise<TemplateVersion | undefined> {
  const { launchTemplateId, versionNumber } = made;
  task.guard();
  try {
    const { latestVersion } = await launchTemplates.setDefault(task.target, launchTemplateId, versionNumber);
    return latestVersion > versionNumber ? launchTemplates.getLatest(task.target, launchTemplateId) : undefined;
  } catch (error) {
    // The token found a version of an earlier try that was deleted since.
    if (!hasAwsCode(error, 'InvalidLaunchTemplateId.VersionNotFound')) throw error;
    return launchTemplates.getDefault(task.target, launchTemplateId);
  }
}

/** The same for the same change to the same version, so that a repeated call makes no second version. */
function clientToken(serverId: string, { base, changes, salt }: Change): string {
  const change = [serverId, canonicalSettings(changes), base.launchTemplateId, base.versionNumber, salt];
  return createHash('sha256').update(change.join(' ')).digest('hex');
}
