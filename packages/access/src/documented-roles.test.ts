import { readFile } from 'node:fs/promises';
import { ROLES } from '@prelaunch/contracts/access';
import type { AccessAction } from '@prelaunch/core/access/gate';
import { expect, it } from 'vitest';
import { cedarGate } from './cedar-gate.ts';
import { ACTIONS, question, somebody } from './testing/questions.ts';

const PAGE = new URL('../../../docs/security.md', import.meta.url);

/** The cells of the table whose first column is headed `action`. */
async function documented(): Promise<string[][]> {
  const lines = (await readFile(PAGE, 'utf8')).split('\n');
  const start = lines.findIndex((line) => line.startsWith('| action |'));
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  return lines.slice(start, start + length).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

it('is documented what each role may do', async () => {
  const gate = cedarGate({ grants: ROLES.map((role) => ({ to: `cognito-group:${role}`, role })) });
  const may = (role: string, action: AccessAction) =>
    gate.decide(question(somebody(`cognito-group:${role}`), action)).allowed;
  const [head, , ...rows] = await documented();
  expect(head).toEqual(['action', ...ROLES]);
  expect(rows.map(([action]) => action).sort()).toEqual(ACTIONS.map((action) => `\`${action}\``).sort());
  for (const [action = '', ...cells] of rows)
    expect([action, ...cells]).toEqual([
      action,
      ...ROLES.map((role) => (may(role, action.replaceAll('`', '') as AccessAction) ? 'yes' : '')),
    ]);
});
