/**
 * What goes wrong. `commit_then_timeout` changes state and never answers; `hang` never answers and changes nothing. `interleave`
 * is a race lost or won: something else happens right before or after the call's own effect, and the call is answered as usual.
 */
export type Fault =
  | { kind: 'throttle'; retryAfterSeconds?: number }
  | { kind: 'internal'; retryAfterSeconds?: number }
  | { kind: 'conflict' }
  | { kind: 'access_denied' }
  | { kind: 'commit_then_timeout' }
  | { kind: 'hang' }
  | { kind: 'interleave'; when: 'before' | 'after'; run: () => void }
  /** An answer of any kind. `members` are further members of a JSON body, such as DRS's `fieldList`. */
  | { kind: 'error'; status: number; code: string; message: string; members?: Readonly<Record<string, unknown>> };

/** A fault for the next `times` calls of an operation, of one server or launch template where stated. */
export interface ScriptedFault {
  operation: string;
  accountId?: string;
  serverId?: string;
  launchTemplateId?: string;
  times: number;
  fault: Fault;
}

export interface FaultScript {
  add(fault: ScriptedFault): void;
  clear(): void;
  /** Faults that have not happened yet. */
  pending(): ScriptedFault[];
}

export interface FaultTarget {
  operation: string;
  accountId: string;
  /** Ids of the servers and launch templates that the call is about. */
  resourceIds: readonly string[];
}

export function createFaultScript(): FaultScript & { take(target: FaultTarget): Fault | undefined } {
  let script: ScriptedFault[] = [];
  return {
    add: (fault) => void script.push({ ...fault }),
    clear: () => {
      script = [];
    },
    pending: () => script.map((fault) => ({ ...fault })),
    take(target) {
      const next = script.find((fault) => fault.times > 0 && strikes(fault, target));
      if (!next) return undefined;
      next.times -= 1;
      script = script.filter((fault) => fault.times > 0);
      return next.fault;
    },
  };
}

function strikes(fault: ScriptedFault, target: FaultTarget): boolean {
  if (fault.operation !== target.operation) return false;
  if (fault.accountId !== undefined && fault.accountId !== target.accountId) return false;
  if (fault.serverId !== undefined && !target.resourceIds.includes(fault.serverId)) return false;
  return fault.launchTemplateId === undefined || target.resourceIds.includes(fault.launchTemplateId);
}
