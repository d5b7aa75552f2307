import type { DriftPolicy } from '@prelaunch/contracts/drift';
import type { ApplyQueue } from '../group/ports.ts';
import type { InheritanceDeps } from '../group/settle-inheritance.ts';
import type { AggregateDeps } from '../status/aggregate-group.ts';
import type { ObserveDeps } from './observe-servers.ts';
import type {
  BaselineStore,
  DriftHistory,
  GroupAudits,
  InstanceStore,
  LedgerStore,
  ResourceOwners,
  RunningInstances,
} from './ports.ts';

/** What whoever deals with drift stands on. */
export interface DriftDeps extends AggregateDeps, InheritanceDeps {
  readonly instances: InstanceStore;
  readonly baselines: BaselineStore;
  readonly owners: ResourceOwners;
  readonly history: DriftHistory;
  readonly groupAudits: GroupAudits;
  readonly ledgers: LedgerStore;
  readonly queue: ApplyQueue;
  readonly running: Pick<RunningInstances, 'describe' | 'launches'>;
  /** What holds for groups that state nothing else. */
  readonly policy: DriftPolicy;
  readonly pause: (ms: number) => Promise<void>;
}

/** Whoever audits servers reads their launch settings besides. */
export interface AuditDeps extends DriftDeps, ObserveDeps {}
