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
  let base = await currentDefault(launchTemplateId, task, deps);
  let wrote = false;
  for (let move = 0; move < MOVES_MAX; move += 1) {
    const changes = differences(await wanted(base), base.settings);
    if (!isStated(changes)) {
      // Where nothing is written, what was read has to be proof by itself.
      if (!wrote && !task.isSurelyShown(base)) throw new StaleReadError(launchTemplateId);
      return { version: base, wrote };
    }
    // Only the first try may find a version that an earlier worker made of the same change.
    const salt = move === 0 ? task.lineage : task.owner;
    const made = await makeVersion({ base, changes, salt }, task, deps);
    const { moved, newest } = await lookBefore(base, made, task, deps);
    if (moved) {
      base = moved;
      continue;
    }
    wrote = true;
    base = await makeDefault(made, newest, task, deps);
    if (base.versionNumber === made.versionNumber) return { version: made, wrote };
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

interface Look {
  /** The newer default, if somebody moved it since the base was read. */
  readonly moved?: TemplateVersion;
  /** The number of the newest version so far. */
  readonly newest: number;
}

/**
 * What others did since `base` was read. A number that does not follow the base's says that versions were made in between; only
 * then, or when the version may be an earlier worker's, it has to be looked up whether one of them is the default by now.
 */
async function lookBefore(
  base: TemplateVersion,
  made: TemplateVersion,
  { target, isRepeated }: ConvergeTask,
  deps: ConvergeDeps,
): Promise<Look> {
  const { launchTemplates } = deps;
  const { launchTemplateId, versionNumber } = base;
  // A version that was made earlier, and found by its token, may have been followed by others.
  if (!isRepeated && made.versionNumber === versionNumber + 1) return { newest: made.versionNumber };
  return untilShown(launchTemplateId, deps, async () => {
    const { defaultVersion, latestVersion: newest } = await launchTemplates.getNumbers(target, launchTemplateId);
    if (newest < made.versionNumber) return undefined;
    if (defaultVersion === versionNumber) return { newest };
    return { newest, moved: await launchTemplates.getDefault(target, launchTemplateId) };
  });
}

/**
 * Makes a version the default, and answers the one that is. A version that somebody made after the newest known one may have been
 * the default: it is made so again at once, since whatever is done on top of it may fail.
 */
async function makeDefault(
  made: TemplateVersion,
  newest: number,
  task: ConvergeTask,
  deps: ConvergeDeps,
): Promise<TemplateVersion> {
  const { launchTemplateId } = made;
  let { versionNumber } = made;
  let known = newest;
  try {
    for (let move = 0; move < MOVES_MAX; move += 1) {
      task.guard();
      task.writing({ launchTemplateId, launchTemplateVersion: versionNumber });
      const { latestVersion } = await deps.launchTemplates.setDefault(task.target, launchTemplateId, versionNumber);
      if (latestVersion <= known) return move === 0 ? made : await defaultFrom(versionNumber, made, task, deps);
      versionNumber = latestVersion;
      known = latestVersion;
    }
  } catch (error) {
    // The token found a version of an earlier try that was deleted since.
    if (!hasAwsCode(error, 'InvalidLaunchTemplateId.VersionNotFound')) throw error;
    return deps.launchTemplates.getDefault(task.target, launchTemplateId);
  }
  throw new StaleReadError(launchTemplateId);
}

/** The default, as soon as EC2 shows this version or a later one. */
function defaultFrom(
  versionNumber: number,
  { launchTemplateId }: TemplateVersion,
  { target }: ConvergeTask,
  deps: ConvergeDeps,
): Promise<TemplateVersion> {
  return untilShown(launchTemplateId, deps, async () => {
    const found = await deps.launchTemplates.getDefault(target, launchTemplateId);
    return found.versionNumber >= versionNumber ? found : undefined;
  });
}

/** The default. One older than what was read back a moment ago is believed only when the numbers are not older as well. */
function currentDefault(
  launchTemplateId: string,
  { target, recent }: ConvergeTask,
  deps: ConvergeDeps,
): Promise<TemplateVersion> {
  const { launchTemplates } = deps;
  const known = recent?.launchTemplateId === launchTemplateId ? recent.launchTemplateVersion : 0;
  return untilShown(launchTemplateId, deps, async () => {
    const found = await launchTemplates.getDefault(target, launchTemplateId);
    if (found.versionNumber >= known) return found;
    const { defaultVersion, latestVersion } = await launchTemplates.getNumbers(target, launchTemplateId);
    return latestVersion >= known && defaultVersion === found.versionNumber ? found : undefined;
  });
}

/** Looks until EC2 shows what is known to be there, for as long as it is given. */
async function untilShown<Shown>(
  launchTemplateId: string,
  { pause }: ConvergeDeps,
  look: () => Promise<Shown | undefined>,
): Promise<Shown> {
  for (const waitMs of CATCH_UP_MS) {
    const shown = await look();
    if (shown !== undefined) return shown;
    await pause(waitMs);
  }
  throw new StaleReadError(launchTemplateId);
}

/** The same for the same change to the same version, so that a repeated call makes no second version. */
function clientToken(serverId: string, { base, changes, salt }: Change): string {
  const change = [serverId, canonicalSettings(changes), base.launchTemplateId, base.versionNumber, salt];
  return createHash('sha256').update(change.join(' ')).digest('hex');
}
