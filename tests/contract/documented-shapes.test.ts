import { readFile } from 'node:fs/promises';
import {
  AuditProtectionGroupResponse,
  InstanceDrift,
  ListInstanceDriftResponse,
} from '@prelaunch/contracts/operations/drift';
import {
  ApplyLaunchConfigsResponse,
  GetLaunchConfigStatusResponse,
} from '@prelaunch/contracts/operations/launch-configs';
import { ProtectionGroup } from '@prelaunch/contracts/operations/protection-groups';
import { LaunchConfigStatus } from '@prelaunch/contracts/status';
import { describe, expect, it } from 'vitest';

const PAGE = new URL('../../docs/status-schema.md', import.meta.url);

/** In the order in which the page shows them. */
const SHAPES = {
  LaunchConfigStatus,
  GetLaunchConfigStatusResponse,
  ApplyLaunchConfigsResponse,
  ProtectionGroup,
  InstanceDrift,
  ListInstanceDriftResponse,
  AuditProtectionGroupResponse,
};

describe('docs/status-schema.md', () => {
  it.each(Object.entries(SHAPES).map(([name, schema], index) => ({ name, schema, index })))(
    'shows a $name as it is answered, and leaves nothing out',
    async ({ schema, index }) => {
      const page = await readFile(PAGE, 'utf8');
      const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']): unknown => JSON.parse(text));
      expect(examples).toHaveLength(Object.keys(SHAPES).length);
      expect(schema.parse(examples[index])).toEqual(examples[index]);
    },
  );
});
