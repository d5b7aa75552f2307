import { afterEach, describe, expect, it, vi } from 'vitest';
import { EnvironmentError, environment } from './environment.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('environment', () => {
  it('gives the named variables', () => {
    vi.stubEnv('PRELAUNCH_ONE', '1');
    vi.stubEnv('PRELAUNCH_TWO', '2');
    expect(environment('PRELAUNCH_ONE', 'PRELAUNCH_TWO')).toEqual({ PRELAUNCH_ONE: '1', PRELAUNCH_TWO: '2' });
  });

  it('names every variable that is missing or empty, and no other', () => {
    vi.stubEnv('PRELAUNCH_ONE', '1');
    vi.stubEnv('PRELAUNCH_EMPTY', '');
    vi.stubEnv('PRELAUNCH_ABSENT', undefined);
    const read = () => environment('PRELAUNCH_ONE', 'PRELAUNCH_EMPTY', 'PRELAUNCH_ABSENT');
    expect(read).toThrow(EnvironmentError);
    expect(read).toThrow('environment variable PRELAUNCH_EMPTY, PRELAUNCH_ABSENT is not set');
  });
});
