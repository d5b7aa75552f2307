import type { ElsewhereEdit } from '../simulator/edit-elsewhere.ts';
import { seededDraws } from '../simulator/seeded-random.ts';
import type { LaunchTemplateData } from '../simulator/state.ts';

type Data = LaunchTemplateData;

/** One edit of a managed key, by that key. Each leaves something else than `statedSettings` says. */
const EDITS: Readonly<Record<string, ElsewhereEdit>> = {
  securityGroupIds: { templateData: (data) => withPrimary(data, { Groups: ['sg-0e17e17e17e17e17e'] }) },
  subnetId: { templateData: (data) => withPrimary(data, { SubnetId: 'subnet-0e17e17e17e17e17e' }) },
  associatePublicIpAddress: { templateData: (data) => withPrimary(data, { AssociatePublicIpAddress: true }) },
  iamInstanceProfile: { templateData: (data) => ({ ...data, IamInstanceProfile: { Name: 'somebody-elses' } }) },
  metadataOptions: {
    templateData: (data) => ({ ...data, MetadataOptions: { ...data.MetadataOptions, HttpTokens: 'optional' } }),
  },
  monitoring: { templateData: (data) => ({ ...data, Monitoring: { Enabled: false } }) },
  tenancy: { templateData: (data) => ({ ...data, Placement: { ...data.Placement, Tenancy: 'dedicated' } }) },
  launchDisposition: { launchConfiguration: { launchDisposition: 'STOPPED' } },
  copyTags: { launchConfiguration: { copyTags: true } },
  licensing: { launchConfiguration: { licensing: { osByol: true } } },
};

/** Which key of a server is edited, and how: the same for the same seed. */
export function seededEdit(seed: number, serverId: string): { readonly key: string; readonly edit: ElsewhereEdit } {
  const keys = Object.entries(EDITS);
  const [draw] = seededDraws(seed, `edit:${serverId}`);
  const [key, edit] = keys[Math.floor(draw * keys.length)] as [string, ElsewhereEdit];
  return { key, edit };
}

/** What DRS does by itself where nobody states the type. */
export const RIGHT_SIZED: ElsewhereEdit = {
  templateData: (data) => ({ ...data, InstanceType: 'm7i.2xlarge' }),
};

function withPrimary(data: Data, changes: object): Data {
  const NetworkInterfaces = data.NetworkInterfaces?.map((nic) =>
    nic.DeviceIndex === 0 ? { ...nic, ...changes } : nic,
  );
  return { ...data, ...(NetworkInterfaces && { NetworkInterfaces }) };
}

/** What a new server has, so that a group that states it is applied without a write. */
export function statedSettings(data: Data): object {
  const primary = data.NetworkInterfaces?.find(({ DeviceIndex }) => DeviceIndex === 0);
  return {
    launchDisposition: 'STARTED',
    copyTags: false,
    licensing: { osByol: false },
    subnetId: primary?.SubnetId,
    securityGroupIds: primary?.Groups,
    associatePublicIpAddress: false,
    iamInstanceProfile: data.IamInstanceProfile?.Arn,
    metadataOptions: { httpTokens: data.MetadataOptions?.HttpTokens },
    monitoring: { enabled: data.Monitoring?.Enabled },
    tenancy: data.Placement?.Tenancy,
  };
}
