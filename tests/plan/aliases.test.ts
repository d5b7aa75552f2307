import { wiring } from '@prelaunch/topology/topology';
import { describe, expect, it } from 'vitest';
import { physical } from './support/physical.ts';
import { planOf, TYPE } from './support/plan.ts';
import { STAGES } from './support/stages.ts';

describe.each(STAGES)('the aliases of stage %s', (stage) => {
  const { name } = physical(stage);

  it('are those of the topology, and run the code as it is', () => {
    const expected = Object.entries(wiring.functions).flatMap(([id, { aliases = [] }]) =>
      aliases.map((alias) => ({ name: alias, functionName: name(id), functionVersion: '$LATEST' })),
    );
    expect(expected.length).toBeGreaterThan(0);
    const rendered = planOf(stage).all(TYPE.alias);
    expect(rendered).toHaveLength(expected.length);
    expect(rendered.map(({ inputs }) => inputs)).toEqual(
      expect.arrayContaining(expected.map((alias) => expect.objectContaining(alias))),
    );
  });
});
