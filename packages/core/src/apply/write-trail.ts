import type { AuditRecord } from '@prelaunch/contracts/audit';
import type { AuditTrail } from '../audit/ports.ts';
import type { Clock } from '../group/ports.ts';
import { hashSettings } from '../settings/normalize-settings.ts';
import type { ConvergeDeps } from './converge.ts';
import { observedAs } from './observed-settings.ts';
import type { DrsSettings, TemplateSettings } from './ports.ts';
import type { Held } from './take-server.ts';

/** How the audit log names that nothing was written, and that what was wanted is there. */
const NO_CALL = 'none';
export const DONE = 'done';

type WritePorts = Pick<ConvergeDeps, 'launchConfigurations' | 'launchTemplates'>;

interface TrailDeps extends WritePorts {
  readonly audit: AuditTrail;
  readonly now: Clock;
}

/** What one worker leaves in the audit log of its writes to one server. */
export interface WriteTrail extends WritePorts {
  /** Records that it begins to write, ahead of the first write, which waits for that. */
  expect(): void;
  /** Records what was written and what came of it, if anything began. What is written afterwards begins anew. */
  end(result: string): Promise<void>;
}

/**
 * Ports that write nothing before the audit log has it: the first write waits until `write_begun` cannot be lost, and fails where
 * that failed. `guard` is asked again after such a wait.
 */
export function writeTrail(held: Held, guard: () => void, deps: TrailDeps): WriteTrail {
  const { server, owner } = held;
  const { launchConfigurations: drs, launchTemplates: ec2, audit, now } = deps;
  const calls = new Set<string>();
  let part = 0;
  let begun: Promise<void> | undefined;
  let seen: { readonly settings?: DrsSettings; readonly template?: TemplateSettings } = {};

  const record = (kind: 'write_begun' | 'write_ended', stated: Pick<AuditRecord, 'action' | 'result' | 'beforeHash'>) =>
    audit.record([
      {
        // The version tells the turns of one worker from each other.
        recordId: `${owner}/${server.version}/${part}/${kind}`,
        kind,
        at: now().toISOString(),
        actor: server.requestedBy ?? 'unknown',
        groupId: server.groupId,
        serverId: server.serverId,
        afterHash: server.desired.hash,
        correlationId: server.correlationId || 'unknown',
        ...stated,
      },
    ]);
  /** What was there, seen through what is desired, or else what was read back last. */
  const beforeHash = () => {
    const { applied, desired } = server;
    if (seen.settings && seen.template)
      return hashSettings(observedAs(desired.settings, { ...seen.settings, ...seen.template }));
    // What was read back as desired cannot be what has to be written over now.
    return applied === undefined || applied.hash === desired.hash ? null : applied.hash;
  };
  const begin = (action: string) => {
    begun ??= record('write_begun', { action, result: 'begun', beforeHash: beforeHash() });
    return begun;
  };
  async function write<Answer>(call: string, send: () => Promise<Answer>): Promise<Answer> {
    await begin(call);
    guard();
    calls.add(call);
    return send();
  }

  return {
    // Whoever writes learns of its failure; where nothing is written it does not matter.
    expect: () => void begin('apply').catch(() => undefined),
    async end(result) {
      // What an earlier worker wrote had no result until it was read back now.
      const endsForAnother = held.wasDirty && part === 0 && result === DONE;
      if (!begun && !endsForAnother) return;
      const action = [...calls].join(' ') || NO_CALL;
      const ended = record('write_ended', { action, result, beforeHash: beforeHash() });
      begun = undefined;
      calls.clear();
      part += 1;
      await ended;
    },
    launchConfigurations: {
      async get(...args) {
        const found = await drs.get(...args);
        seen = { settings: found.settings, ...seen };
        return found;
      },
      update: (...args) => write('UpdateLaunchConfiguration', () => drs.update(...args)),
    },
    launchTemplates: {
      async getDefault(...args) {
        const found = await ec2.getDefault(...args);
        seen = { template: found.settings, ...seen };
        return found;
      },
      getNumbers: (...args) => ec2.getNumbers(...args),
      createVersion: (...args) => write('CreateLaunchTemplateVersion', () => ec2.createVersion(...args)),
      setDefault: (...args) => write('ModifyLaunchTemplate', () => ec2.setDefault(...args)),
      // Old versions may be deleted late: they are nobody's settings.
      async prune(...args) {
        const call = 'DeleteLaunchTemplateVersions';
        await begin(call);
        calls.add(call);
        const deleted = await ec2.prune(...args);
        if (deleted === 0) calls.delete(call);
        return deleted;
      },
    },
  };
}
