import { EC2Client, type IamInstanceProfileAssociation } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { REGION } from '../../../tests/support/builders.ts';
import { changeProfile } from './profile-association.ts';

const INSTANCE = 'i-0a1b2c3d';

/** EC2 with these associations, one to a page, and what it was asked for beside them. */
async function asked(associations: IamInstanceProfileAssociation[], profile: string | null) {
  const calls: [string, unknown][] = [];
  const ec2 = new EC2Client({ region: REGION });
  ec2.middlewareStack.add(
    (_next, { commandName = '' }) =>
      async ({ input }) => {
        if (!commandName.startsWith('Describe')) calls.push([commandName, input]);
        const { NextToken = '0' } = input as { NextToken?: string };
        const next = Number(NextToken) + 1;
        const page = associations.slice(next - 1, next);
        const more = next < associations.length && { NextToken: String(next) };
        return { output: { $metadata: {}, IamInstanceProfileAssociations: page, ...more }, response: {} };
      },
    { step: 'initialize' },
  );
  await changeProfile(ec2, INSTANCE, profile, async (_operation, call) => void (await call(ec2)));
  return calls;
}

const association = (AssociationId: string, State: IamInstanceProfileAssociation['State']) => ({
  AssociationId,
  State,
});

describe('changeProfile', () => {
  it('replaces the association that holds, or is about to, whatever else ends meanwhile', async () => {
    for (const State of ['associated', 'associating'] as const) {
      const calls = await asked([association('old', 'disassociating'), association('new', State)], 'Recovery');
      const input = { AssociationId: 'new', IamInstanceProfile: { Name: 'Recovery' } };
      expect(calls).toEqual([['ReplaceIamInstanceProfileAssociationCommand', input]]);
    }
  });

  it('makes an association where the only one is ending', async () => {
    const arn = 'arn:aws:iam::111111111111:instance-profile/service-role/Recovery';
    const calls = await asked([association('old', 'disassociating')], arn);
    const input = { InstanceId: INSTANCE, IamInstanceProfile: { Arn: arn } };
    expect(calls).toEqual([['AssociateIamInstanceProfileCommand', input]]);
  });

  it('ends what holds, and nothing that has ended', async () => {
    const ended = association('old', 'disassociated');
    expect(await asked([ended], null)).toEqual([]);
    expect(await asked([ended, association('new', 'associated')], null)).toEqual([
      ['DisassociateIamInstanceProfileCommand', { AssociationId: 'new' }],
    ]);
  });
});
