import type { LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';
import { describe, expect, it } from 'vitest';
import { desired } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { concerning } from '../apply/apply-errors.ts';
import { AwsCallError, UnknownAccountError } from '../apply/ports.ts';
import { ContentionError } from '../errors.ts';
import { statusErrorOf } from './status-error.ts';

function refused(fields: readonly string[] = [], settings: readonly SettingName[] = []): AwsCallError {
  const call = { kind: 'refused', operation: 'UpdateLaunchConfiguration', awsCode: 'ValidationException' } as const;
  return new AwsCallError({ ...call, message: 'not so', answered: true, fields, settings, cause: undefined });
}

/** What is recorded of a refusal of a write of these settings. */
function recorded(written: LaunchSettings, fields: readonly string[] = []) {
  const thrown = () => concerning(written)(refused(fields));
  try {
    return thrown();
  } catch (error) {
    return statusErrorOf(error, 'apply.unexpected', AT, desired(written));
  }
}

describe('statusErrorOf', () => {
  it('names the setting that a write was about, and what it should have been', () => {
    expect(recorded({ launchDisposition: 'STOPPED' })).toEqual({
      code: 'aws.refused',
      message: 'UpdateLaunchConfiguration: not so',
      path: 'launchDisposition',
      value: 'STOPPED',
      awsCode: 'ValidationException',
      remedy: expect.stringContaining('correct the setting'),
      at: AT,
    });
  });

  it('names the one of them that AWS named, though its field lies deeper', () => {
    const written = { name: 'n', launchIntoInstanceProperties: { launchIntoEC2InstanceID: 'i-0a1b2c3d' } };
    const fields = ['launchIntoInstanceProperties.launchIntoEC2InstanceID', 'sourceServerID'];
    expect(recorded(written, fields)).toMatchObject({
      path: 'launchIntoInstanceProperties',
      value: written.launchIntoInstanceProperties,
    });
  });

  it('names all of them without values where AWS named none of them', () => {
    const written = { name: 'n', copyTags: true };
    for (const fields of [[], ['sourceServerID'], ['names', 'copyTagsToo']]) {
      const error = recorded(written, fields);
      expect(error).toMatchObject({ path: 'name, copyTags' });
      expect(error).not.toHaveProperty('value');
    }
  });

  it('shows nothing that may be a secret', () => {
    const error = recorded({ tags: { dbPassword: 'hunter2', tier: 'gold' } });
    expect(error).toMatchObject({ path: 'tags', value: { dbPassword: '[redacted]', tier: 'gold' } });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('shows that none was asked for', () => {
    expect(recorded({ securityGroupIds: null })).toMatchObject({ path: 'securityGroupIds', value: null });
  });

  it('says of an unknown account which, and what would do', () => {
    expect(statusErrorOf(new UnknownAccountError('999999999999'), 'apply.unexpected', AT)).toMatchObject({
      code: 'account.unknown',
      path: 'accountId',
      value: '999999999999',
      allowed: expect.stringContaining('TargetAccounts'),
      remedy: expect.stringContaining('register'),
    });
  });

  it('keeps the code of what we throw on purpose, and gives all else the one it is told', () => {
    expect(statusErrorOf(new ContentionError('x'), 'wave.unexpected', AT).code).toBe('store.contention');
    expect(statusErrorOf(new TypeError('odd'), 'wave.unexpected', AT)).toEqual({
      code: 'wave.unexpected',
      message: 'odd',
      at: AT,
    });
    expect(statusErrorOf('thrown text', 'wave.unexpected', AT)).toMatchObject({ message: 'thrown text' });
  });

  it('says nothing of settings where the call was about none', () => {
    const error = statusErrorOf(refused(), 'apply.unexpected', AT, desired());
    expect(error).not.toHaveProperty('path');
  });
});
