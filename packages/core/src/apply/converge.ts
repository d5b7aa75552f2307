import { createHash } from 'node:crypto';
import { DRS_SETTINGS, type LaunchSettings, type SettingName } from '@prelaunch/contracts/launch-settings';
import { DomainError } from '../errors.ts';
import type { Applied, Desired } from '../group/source-server.ts';
import { canonicalSettings, HASH_VERSION, hashSettings } from '../settings/normalize-settings.ts';
import { differences, observedAs, settingNames } from './observed-settings.ts';
import type {
  DrsSettings,
  LaunchConfiguration,
  LaunchConfigurations,
  LaunchTemplates,
  Target,
  TemplateSettings,
  TemplateVersion,
} from './ports.ts';

export interface ConvergeDeps {
  readonly launchConfigurations: LaunchConfigurations;
  readonly launchTemplates: LaunchTemplates;
}

/** After the writes AWS showed something else: it has not caught up yet, or somebody else wrote. */
export class ReadBackMismatchError extends DomainError {
  override readonly name = 'ReadBackMismatchError';
  readonly code = 'apply.read_back_mismatch';
  override readonly retryable = true;
  readonly settings: readonly SettingName[];

  constructor(settings: readonly SettingName[]) {
    super(`after the writes AWS showed other values for ${settings.join(', ')}`);
    this.settings = settings;
  }
}

interface Observed {
  readonly configuration: LaunchConfiguration;
  readonly template: TemplateVersion;
}

/**
 * Makes AWS have the desired settings of one server and reads them back. Writes only what differs: DRS first, since DRS makes a
 * template version itself, then the template on top of what is the default by then. `guard` throws when the caller may no longer write.
 */
export async function converge(
  target: Target,
  serverId: string,
  desired: Desired,
  guard: () => void,
  deps: ConvergeDeps,
): Promise<Omit<Applied, 'verifiedAt'>> {
  const { settings } = desired;
  const { launchConfigurations, launchTemplates } = deps;
  const found = await launchConfigurations.get(target, serverId);
  const drsChanges = drsPart(differences(settings, found.settings));
  if (isStated(drsChanges)) {
    guard();
    await launchConfigurations.update(target, serverId, drsChanges);
  }

  const base = await launchTemplates.getDefault(target, found.launchTemplateId);
  const templateChanges = templatePart(differences(settings, base.settings));
  if (isStated(templateChanges)) {
    guard();
    const token = clientToken(serverId, templateChanges, base);
    const version = await launchTemplates.createVersion(target, base, templateChanges, token);
    guard();
    await launchTemplates.setDefault(target, base.launchTemplateId, version);
  }

  const wrote = isStated(drsChanges) || isStated(templateChanges);
  const observed = wrote ? await observe(target, serverId, found, deps) : { configuration: found, template: base };
  return verified(desired, observed);
}

/** Reads both sides again. The template is the one DRS names now, which may be another by then. */
async function observe(
  target: Target,
  serverId: string,
  before: LaunchConfiguration,
  { launchConfigurations, launchTemplates }: ConvergeDeps,
): Promise<Observed> {
  const [configuration, template] = await Promise.all([
    launchConfigurations.get(target, serverId),
    launchTemplates.getDefault(target, before.launchTemplateId),
  ]);
  if (configuration.launchTemplateId === before.launchTemplateId) return { configuration, template };
  return { configuration, template: await launchTemplates.getDefault(target, configuration.launchTemplateId) };
}

function verified({ settings, hash }: Desired, { configuration, template }: Observed): Omit<Applied, 'verifiedAt'> {
  const live = { ...configuration.settings, ...template.settings };
  if (hashSettings(observedAs(settings, live)) !== hash) {
    throw new ReadBackMismatchError(settingNames(differences(settings, live)));
  }
  return {
    hash,
    hashVersion: HASH_VERSION,
    launchTemplateId: template.launchTemplateId,
    launchTemplateVersion: template.versionNumber,
  };
}

/** The same for the same change to the same version, so that a repeated call makes no second version. */
function clientToken(serverId: string, changes: TemplateSettings, base: TemplateVersion): string {
  const change = [serverId, canonicalSettings(changes), base.launchTemplateId, base.versionNumber];
  return createHash('sha256').update(change.join(' ')).digest('hex');
}

const inDrs = new Set<string>(DRS_SETTINGS);

function drsPart(settings: LaunchSettings): DrsSettings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => inDrs.has(name)));
}

function templatePart(settings: LaunchSettings): TemplateSettings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !inDrs.has(name)));
}

function isStated(settings: object): boolean {
  return Object.keys(settings).length > 0;
}
