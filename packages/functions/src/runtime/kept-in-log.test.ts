import type { AuditRecord } from '@prelaunch/contracts/audit';
import { memoryAuditTrail } from '@prelaunch/memory/memory-audit-trail';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { keptInLog } from './kept-in-log.ts';
import { logger } from './logger.ts';

const record: AuditRecord = {
  recordId: 'r-1',
  kind: 'decision',
  at: '2026-01-01T00:00:00.000Z',
  actor: 'caller:orchestrator',
  action: 'start_wave_recovery',
  result: 'allowed',
  correlationId: 'c-1',
};

afterEach(() => vi.restoreAllMocks());

describe('keptInLog', () => {
  it('records as its trail does, and logs nothing', async () => {
    const error = vi.spyOn(logger, 'error').mockReturnValue();
    const trail = memoryAuditTrail();
    await keptInLog(trail).record([record]);
    expect(trail.recorded).toEqual([record]);
    expect(error).not.toHaveBeenCalled();
  });

  it('does not refuse where its trail does, and keeps the records whole', async () => {
    const error = vi.spyOn(logger, 'error').mockReturnValue();
    await keptInLog({ record: () => Promise.reject(new Error('no queue')) }).record([record]);
    expect(error).toHaveBeenCalledWith('audit records kept in the log', expect.objectContaining({ records: [record] }));
  });
});
