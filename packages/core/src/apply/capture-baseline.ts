import { baselineOf } from '../drift/baseline.ts';
import type { BaselineStore, ResourceOwners } from '../drift/ports.ts';
import type { SourceServer } from '../group/source-server.ts';
import type { ReadBack } from './converge.ts';

/** Whether what was read back is another golden configuration than the one that is kept. */
export function isNewBaseline(
  { baselineVersion, applied }: SourceServer,
  read: Pick<ReadBack, 'hash' | 'hashVersion' | 'launchTemplateId'>,
): boolean {
  if (baselineVersion === undefined || applied === undefined) return true;
  const { hash, hashVersion, launchTemplateId } = applied;
  return hash !== read.hash || hashVersion !== read.hashVersion || launchTemplateId !== read.launchTemplateId;
}

interface CaptureDeps {
  readonly baselines: Pick<BaselineStore, 'capture'>;
  readonly owners: Pick<ResourceOwners, 'note'>;
}

/**
 * Keeps what a server was read back to have, stated or not, and whose its template is. Should this stop half-way, the next audit
 * captures what it reads itself.
 */
export async function captureBaseline(
  { serverId: instanceId, baselineVersion: version = 1, planned, applied }: SourceServer,
  { live: settings, launchTemplateId, launchTemplateVersion }: ReadBack,
  { baselines, owners }: CaptureDeps,
): Promise<void> {
  const baseline = baselineOf({
    ...{ instanceId, version, settings, launchTemplateId, launchTemplateVersion },
    capturedAt: applied?.verifiedAt ?? '',
    configRevision: planned?.configRevision ?? 0,
    generation: planned?.generation ?? 0,
  });
  await Promise.all([baselines.capture(baseline), owners.note(launchTemplateId, instanceId)]);
}
