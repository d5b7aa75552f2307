import type { ConvergeDeps, ReadBack } from './converge.ts';
import type { WantedServer } from './take-server.ts';

/** Old versions are looked for each time a template's version number passes a multiple of this. */
const EVERY_VERSIONS = 10;
/** So many of Prelaunch's own versions are kept, to see what was before. */
const KEPT_VERSIONS = 3;

/**
 * Deletes old versions that Prelaunch made of a server's template, now and then: EC2 keeps 10,000 at most. What was applied stays
 * applied whether or not this succeeds, so a failure is answered, not thrown.
 */
export async function pruneVersions(
  { accountId, region, applied: before }: WantedServer,
  { launchTemplateId, launchTemplateVersion }: ReadBack,
  { launchTemplates }: Pick<ConvergeDeps, 'launchTemplates'>,
): Promise<unknown> {
  const known = before?.launchTemplateId === launchTemplateId ? before.launchTemplateVersion : 0;
  if (Math.floor(launchTemplateVersion / EVERY_VERSIONS) <= Math.floor(known / EVERY_VERSIONS)) return undefined;
  try {
    await launchTemplates.prune({ accountId, region }, launchTemplateId, KEPT_VERSIONS);
    return undefined;
  } catch (error) {
    return error;
  }
}
