import {
  AssociateIamInstanceProfileCommand,
  DisassociateIamInstanceProfileCommand,
  type EC2Client,
  paginateDescribeIamInstanceProfileAssociations,
  ReplaceIamInstanceProfileAssociationCommand,
} from '@aws-sdk/client-ec2';
import { instanceProfile } from './ec2-values.ts';
import type { Changing } from './instance-changes.ts';
import { translated } from './translate-error.ts';

/** Gives an instance a profile in place of the one it has, or takes that away. Without one, there is nothing to take away. */
export async function changeProfile(
  ec2: EC2Client,
  InstanceId: string,
  profile: string | null,
  changing: Changing,
): Promise<void> {
  const operation = 'DescribeIamInstanceProfileAssociations';
  const AssociationId = await associationOf(ec2, InstanceId).catch(translated(operation));
  if (profile === null) {
    if (AssociationId !== undefined)
      await changing('DisassociateIamInstanceProfile', () =>
        ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId })),
      );
    return;
  }
  const IamInstanceProfile = instanceProfile(profile);
  if (AssociationId === undefined)
    await changing('AssociateIamInstanceProfile', () =>
      ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId, IamInstanceProfile })),
    );
  else
    await changing('ReplaceIamInstanceProfileAssociation', () =>
      ec2.send(new ReplaceIamInstanceProfileAssociationCommand({ AssociationId, IamInstanceProfile })),
    );
}

/** The one that holds or is about to; those that are ending are shown for a while. */
async function associationOf(ec2: EC2Client, instanceId: string): Promise<string | undefined> {
  const Filters = [{ Name: 'instance-id', Values: [instanceId] }];
  for await (const page of paginateDescribeIamInstanceProfileAssociations({ client: ec2 }, { Filters })) {
    const { IamInstanceProfileAssociations: found = [] } = page;
    const holding = found.find(({ State }) => State === 'associated' || State === 'associating');
    if (holding) return holding.AssociationId;
  }
  return undefined;
}
