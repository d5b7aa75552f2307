import { describe, expect, it } from 'vitest';
import { applied } from '../../../../tests/support/builders.ts';
import { AT, after } from '../../../../tests/support/clock.ts';
import type { Written } from '../group/source-server.ts';
import { isSurelyShown, type Knowledge, newestKnown, noteOf } from './known-defaults.ts';

const NOW = new Date(AT);
const MINUTE_MS = 60_000;
const TEMPLATE = { launchTemplateId: 'lt-0a1b2c3d' };
const OTHER = { launchTemplateId: 'lt-00000001' };

function at(ms: number): string {
  return after(ms).toISOString();
}

function written(launchTemplateVersion: number, stated: Partial<Written> = {}): Written {
  return { ...TEMPLATE, launchTemplateVersion, at: at(-1), ...stated };
}

function proof(launchTemplateVersion: number, ms = -1) {
  return { ...applied({}), ...TEMPLATE, launchTemplateVersion, verifiedAt: at(ms) };
}

function known(server: Knowledge['server'], own?: Written): Knowledge {
  return { server, own };
}

/** Which of the versions 4 to 6 are believed when they are read as the default. */
function believed(knowledge: Knowledge): number[] {
  const version = { ...TEMPLATE, settings: {}, content: {} };
  return [4, 5, 6].filter((versionNumber) => isSurelyShown({ ...version, versionNumber }, knowledge, NOW));
}

describe('isSurelyShown', () => {
  it.each<[string, number[], Knowledge]>([
    ['nothing is known', [4, 5, 6], known({})],
    ['5 was read back', [5, 6], known({ applied: proof(5) })],
    ['5 was read back long ago', [4, 5, 6], known({ applied: proof(5, -MINUTE_MS) })],
    ['5 was written', [5, 6], known({ written: written(5) })],
    ['5 was written long ago', [4, 5, 6], known({ written: written(5, { at: at(-MINUTE_MS) }) })],
    ['5 was written late', [5], known({ written: written(5, { doubt: 'late' }) })],
    ['5 was written late, long ago', [4, 5, 6], known({ written: written(5, { doubt: 'late', at: at(-MINUTE_MS) }) })],
    ['4 was written late, and 5 read back', [], known({ applied: proof(5), written: written(4, { doubt: 'late' }) })],
    ['5 was read back, and 6 written late', [6], known({ applied: proof(5), written: written(6, { doubt: 'late' }) })],
    ['nobody knows whether 5 was written last', [], known({ written: written(5, { doubt: 'disputed' }) })],
    ['that was in another template', [4, 5, 6], known({ written: written(5, { ...OTHER, doubt: 'disputed' }) })],
    ['this worker has written 5', [5, 6], known({}, written(5))],
    [
      'it has, since 4 was written late',
      [5, 6],
      known({ written: written(4, { doubt: 'late' }) }, written(5, { at: AT })),
    ],
    [
      'it has, and 4 was written late meanwhile',
      [],
      known({ written: written(4, { at: AT, doubt: 'late' }) }, written(5)),
    ],
  ])('where %s: of 4, 5 and 6, %j', (_what, versions, knowledge) => {
    expect(believed(knowledge)).toEqual(versions);
  });
});

describe('newestKnown', () => {
  it('is the newest of what was written or read back in the last minute', () => {
    const version = (knowledge: Knowledge) => newestKnown(knowledge, NOW)?.launchTemplateVersion;
    expect(version(known({}))).toBeUndefined();
    expect(version(known({ applied: proof(5), written: written(4) }))).toBe(5);
    expect(version(known({ applied: proof(5), written: written(4) }, written(6)))).toBe(6);
    expect(version(known({ applied: proof(5, -MINUTE_MS), written: written(4) }))).toBe(4);
    expect(version(known({ applied: proof(5), written: written(4, OTHER) }))).toBe(4);
  });
});

describe('noteOf', () => {
  const own = written(5);
  const [before, meanwhile] = [{ at: at(-2) }, { at: at(-1) }];

  it.each<[string, Written | undefined, boolean, Written['doubt']]>([
    ['alone', undefined, false, undefined],
    ['alone, and was late', undefined, true, 'late'],
    ['after another one', written(4, before), false, undefined],
    ['after others whose order nobody knows', written(4, { ...before, doubt: 'disputed' }), false, undefined],
    ['after another one, and was late', written(4, before), true, 'late'],
    ['while another one was late', written(4, { ...meanwhile, doubt: 'late' }), false, 'disputed'],
    ['while another one was', written(4, meanwhile), true, 'disputed'],
    ['the same while another one was late', written(5, { ...meanwhile, doubt: 'late' }), false, 'late'],
    [
      'the same as one of others whose order nobody knows',
      written(5, { ...meanwhile, doubt: 'disputed' }),
      true,
      'disputed',
    ],
    ['the same number of another template', written(5, { ...meanwhile, ...OTHER }), true, 'disputed'],
  ])('of a worker that wrote %s', (_what, others, isLate, doubt) => {
    expect(noteOf(own, others, { at: AT, isLate })).toEqual({ ...own, at: AT, ...(doubt && { doubt }) });
  });
});
