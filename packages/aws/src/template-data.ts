import type {
  LaunchTemplateInstanceNetworkInterfaceSpecification as NetworkInterface,
  LaunchTemplateTagSpecification as TagSpecification,
  ResponseLaunchTemplateData as TemplateContent,
} from '@aws-sdk/client-ec2';
import type { TemplateSettings } from '@prelaunch/core/apply/ports';
import { instanceProfile, metadataOptions, metadataSettings, type OrNone, stated, tagSettings } from './ec2-values.ts';

export type { TemplateContent };

/** What to write into a template: `null` removes. Wider than settings are, so that a comparison can leave any of them out. */
export interface TemplateEdits extends OrNone<Omit<TemplateSettings, 'metadataOptions'>> {
  readonly metadataOptions?: OrNone<NonNullable<TemplateSettings['metadataOptions']>> | undefined;
}

/** DRS manages the interface with this index; others belong to whoever added them. */
const PRIMARY = 0;

/** What Prelaunch manages of a template's content. */
export function settingsOf(content: TemplateContent): TemplateSettings {
  const primary = content.NetworkInterfaces?.find(isPrimary);
  // EC2 refuses to launch what it keeps: groups at the top beside an interface, a type beside requirements. Neither counts as set.
  const groups =
    primary && content.SecurityGroupIds?.length ? undefined : (primary?.Groups ?? content.SecurityGroupIds);
  const { Enabled: monitored } = content.Monitoring ?? {};
  const tags = content.TagSpecifications?.find(isOfInstance)?.Tags ?? [];
  // AWS's value types are wider: a template may hold what Prelaunch would refuse to write.
  const settings: TemplateSettings = stated({
    instanceType: content.InstanceRequirements ? undefined : content.InstanceType,
    subnetId: primary?.SubnetId,
    securityGroupIds: groups?.length ? groups : undefined,
    iamInstanceProfile: content.IamInstanceProfile?.Arn ?? content.IamInstanceProfile?.Name,
    privateIpAddress: primaryAddress(primary),
    associatePublicIpAddress: primary?.AssociatePublicIpAddress,
    metadataOptions: content.MetadataOptions && metadataSettings(content.MetadataOptions),
    monitoring: monitored === undefined ? undefined : { enabled: monitored },
    tenancy: content.Placement?.Tenancy,
    tags: tagSettings(tags),
  });
  return settings;
}

/** The whole content after the edits. What they do not touch is the same object as before. */
export function edited(content: TemplateContent, edits: TemplateEdits): TemplateContent {
  const { iamInstanceProfile: profile, metadataOptions: metadata, monitoring, tenancy, tags, instanceType } = edits;
  return stated({
    ...content,
    // EC2 refuses an instance type beside requirements from which it would choose one.
    ...(instanceType !== undefined && { InstanceType: instanceType, InstanceRequirements: undefined }),
    ...(profile !== undefined && { IamInstanceProfile: profile && instanceProfile(profile) }),
    ...(monitoring !== undefined && { Monitoring: monitoring ? { Enabled: monitoring.enabled } : undefined }),
    ...(tenancy !== undefined && { Placement: stated({ ...content.Placement, Tenancy: tenancy }) }),
    ...(metadata && { MetadataOptions: stated({ ...content.MetadataOptions, ...metadataOptions(metadata) }) }),
    ...(tags && { TagSpecifications: withTags(content.TagSpecifications ?? [], tags) }),
    ...networkEdits(content, edits),
  });
}

function networkEdits(content: TemplateContent, edits: TemplateEdits): object {
  const { subnetId, securityGroupIds, privateIpAddress, associatePublicIpAddress } = edits;
  const values = [subnetId, securityGroupIds, privateIpAddress, associatePublicIpAddress];
  if (values.every((value) => value === undefined)) return {};
  const interfaces = content.NetworkInterfaces ?? [];
  const exists = interfaces.some(isPrimary);
  const isWritten = exists || values.some((value) => value !== undefined && value !== null);
  if (!isWritten) return securityGroupIds === null ? { SecurityGroupIds: undefined, SecurityGroups: undefined } : {};
  const all = exists ? interfaces : [{ DeviceIndex: PRIMARY }, ...interfaces];
  const NetworkInterfaces = all.map((one) => (isPrimary(one) ? editedInterface(one, content, edits) : one));
  const hasGroups = securityGroupIds !== undefined || !!NetworkInterfaces.find(isPrimary)?.Groups?.length;
  // EC2 refuses to launch with groups both at the top and in an interface. Names of groups cannot stand in an interface.
  const { SecurityGroups: names } = content;
  return { NetworkInterfaces, SecurityGroupIds: undefined, SecurityGroups: hasGroups ? undefined : names };
}

function editedInterface(primary: NetworkInterface, content: TemplateContent, edits: TemplateEdits): NetworkInterface {
  const { subnetId, securityGroupIds, privateIpAddress, associatePublicIpAddress } = edits;
  const { PrivateIpAddresses: listed } = primary;
  // An address stated both alone and as the primary one of the list is refused at launch.
  const others = privateIpAddress === undefined ? listed : listed?.filter(({ Primary }) => !Primary);
  const groups = primary.Groups?.length ? primary.Groups : content.SecurityGroupIds;
  return stated({
    ...primary,
    PrivateIpAddresses: others?.length ? others : undefined,
    Groups: securityGroupIds === undefined ? groups : securityGroupIds,
    ...(subnetId !== undefined && { SubnetId: subnetId }),
    ...(privateIpAddress !== undefined && { PrivateIpAddress: privateIpAddress }),
    ...(associatePublicIpAddress !== undefined && { AssociatePublicIpAddress: associatePublicIpAddress }),
  });
}

function isPrimary({ DeviceIndex }: NetworkInterface): boolean {
  return DeviceIndex === PRIMARY;
}

function primaryAddress(primary: NetworkInterface | undefined): string | undefined {
  return primary?.PrivateIpAddress ?? primary?.PrivateIpAddresses?.find(({ Primary }) => Primary)?.PrivateIpAddress;
}

/** Undefined: no tags are left, of nothing. */
function withTags(
  specifications: readonly TagSpecification[],
  edits: NonNullable<TemplateEdits['tags']>,
): TagSpecification[] | undefined {
  const before = specifications.find(isOfInstance);
  const kept = (before?.Tags ?? []).filter(({ Key = '' }) => !Object.hasOwn(edits, Key));
  const written = Object.entries(edits).flatMap(([Key, Value]) => (Value === null ? [] : [{ Key, Value }]));
  const Tags = [...kept, ...written];
  const after = Tags.length > 0 ? [{ ResourceType: 'instance' as const, Tags }] : [];
  const all = before
    ? specifications.flatMap((one) => (one === before ? after : [one]))
    : [...after, ...specifications];
  return all.length > 0 ? all : undefined;
}

function isOfInstance({ ResourceType }: TagSpecification): boolean {
  return ResourceType === 'instance';
}
