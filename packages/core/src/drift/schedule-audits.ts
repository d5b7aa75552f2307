import { createHash } from 'node:crypto';
import { DriftAuditRequested, type PrelaunchEvent } from '@prelaunch/contracts/events';
import type { Clock, EventPublisher, GroupStore } from '../group/ports.ts';

/** Groups are audited once in each period, each in a slot of its own, so that reads are spread over all of it. */
export const AUDIT_PERIOD_MINUTES = 60;
export const SLOT_MINUTES = 5;
const SLOTS = AUDIT_PERIOD_MINUTES / SLOT_MINUTES;
const SLOT_MS = SLOT_MINUTES * 60_000;
const EVENTS_TOGETHER = 100;

/** The newest slot whose audits were asked for, counted from the epoch. */
export interface SlotStore {
  last(): Promise<number | undefined>;
  /** Moves on, never back. */
  reached(slot: number): Promise<void>;
}

export interface ScheduleDeps {
  readonly groups: Pick<GroupStore, 'listIds'>;
  readonly events: EventPublisher;
  readonly slots: SlotStore;
  readonly now: Clock;
}

/**
 * Asks for the audits of all groups whose slot has come since the last run: one that was late or was left out loses no group. What was
 * asked for twice is audited twice, and does no harm.
 */
export async function scheduleAudits({ groups, events, slots, now }: ScheduleDeps): Promise<{ requested: number }> {
  const slot = Math.floor(now().getTime() / SLOT_MS);
  const last = (await slots.last()) ?? slot - 1;
  const due = new Set(slotsBetween(last, slot));
  let waiting: PrelaunchEvent[] = [];
  let requested = 0;
  const publish = async () => {
    await events.publish(waiting);
    requested += waiting.length;
    waiting = [];
  };
  for await (const groupId of groups.listIds()) {
    if (!due.has(slotOf(groupId))) continue;
    waiting.push(auditRequested(groupId, `schedule-${slot}`));
    if (waiting.length === EVENTS_TOGETHER) await publish();
  }
  if (waiting.length > 0) await publish();
  await slots.reached(slot);
  return { requested };
}

/** After the last and up to this one; more than all is all. */
function slotsBetween(last: number, slot: number): number[] {
  const count = Math.min(SLOTS, Math.max(0, slot - last));
  return Array.from({ length: count }, (_, index) => (slot - index) % SLOTS);
}

/** The same for a group at all times, and even over groups. */
export function slotOf(groupId: string): number {
  return createHash('sha256').update(groupId).digest().readUInt32BE(0) % SLOTS;
}

function auditRequested(groupId: string, auditId: string): PrelaunchEvent {
  const detail = {
    version: '1' as const,
    correlationId: auditId,
    data: { groupId, auditId, cause: 'schedule' as const },
  };
  return { type: DriftAuditRequested.type, detail };
}
