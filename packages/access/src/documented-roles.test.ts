import { readFile } from 'node:fs/promises';
import { ROLES } from '@prelaunch/contracts/access';
import { KEY_CLASSES } from '@prelaunch/contracts/configuration';
import type { AccessAction, Publishing } from '@prelaunch/core/access/gate';
import { expect, it } from 'vitest';
import { cedarGate } from './cedar-gate.ts';
import { ACTIONS, publishes, question, somebody } from './testing/questions.ts';

const PAGE = new URL('../../../docs/security.md', import.meta.url);

const page = await readFile(PAGE, 'utf8');

/** The cells of the table whose first column is headed `action`. */
function documented(): string[][] {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => line.startsWith('| action |'));
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  return lines.slice(start, start + length).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const gate = cedarGate({ grants: ROLES.map((role) => ({ to: `cognito-group:${role}`, role })) });

it('is documented what each role may do', () => {
  const may = (role: string, action: AccessAction) =>
    gate.decide(question(somebody(`cognito-group:${role}`), action)).allowed;
  const [head, , ...rows] = documented();
  expect(head).toEqual(['action', ...ROLES]);
  expect(rows.map(([action]) => action).sort()).toEqual(ACTIONS.map((action) => `\`${action}\``).sort());
  for (const [action = '', ...cells] of rows)
    expect([action, ...cells]).toEqual([
      action,
      ...ROLES.map((role) => (may(role, action.replaceAll('`', '') as AccessAction) ? 'yes' : '')),
    ]);
});

it('is documented from where on a draft takes a second pair of eyes', () => {
  const [, servers = '', keyClass = ''] = /^- `four-eyes`: .*\b(\d+) servers or more.* `(\w+)` one/m.exec(page) ?? [];
  const author = somebody('cognito-group:author');
  const may = (publishing: Partial<Publishing>) =>
    gate.decide(publishes(author, { ...publishing, isOwn: true })).allowed;
  expect(may({ changedServers: Number(servers) - 1 })).toBe(true);
  expect(may({ changedServers: Number(servers) })).toBe(false);
  expect(KEY_CLASSES.filter((one) => !may({ keyClasses: [one] }))).toEqual([keyClass]);
});
