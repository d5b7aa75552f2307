import * as events from '@prelaunch/contracts/events';
import { describe, expect, it } from 'vitest';
import { asyncapiDocument } from './asyncapi-document.ts';
import { described } from './described-events.ts';

const document = asyncapiDocument('0.0.0');
const defined = Object.values(events).flatMap((value) =>
  typeof value === 'object' && 'envelope' in value ? [value.type] : [],
);

describe('the AsyncAPI document', () => {
  it('has every event that is defined, and no other', () => {
    const titles = Object.values(document.components.messages).map(({ title }) => title);
    expect(titles.toSorted()).toEqual(defined.toSorted());
    expect(Object.keys(document.channels.bus.messages)).toEqual(Object.keys(document.components.messages));
  });

  it('says which events Prelaunch receives and which it sends', () => {
    const actions = Object.keys(document.operations);
    expect(actions.filter((name) => name.startsWith('receive'))).toEqual(['receiveProtectionGroupChanged']);
    expect(actions.filter((name) => name.startsWith('send'))).toHaveLength(defined.length);
  });

  it.each(described)('shows $key as its schema takes it', ({ definition, example }) => {
    expect(definition.envelope.parse(example)).toEqual(example);
  });

  it('refers only to schemas that it has', () => {
    const names = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(new Set(names)).toEqual(new Set(Object.keys(document.components.schemas)));
  });
});
