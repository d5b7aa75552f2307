import type {
  LaunchTemplateInstanceNetworkInterfaceSpecification as NetworkInterface,
  LaunchTemplateInstanceNetworkInterfaceSpecificationRequest as NetworkInterfaceRequest,
  RequestLaunchTemplateData,
  ResponseLaunchTemplateData,
  Tag,
} from '@aws-sdk/client-ec2';
import type { TemplateSettings } from '@prelaunch/core/apply/ports';
import { DomainError } from '@prelaunch/core/errors';

/** EC2 refuses to launch with security groups both at the top and in an interface, and an inherited parameter cannot be removed. */
export class RootSecurityGroupsError extends DomainError {
  override readonly name = 'RootSecurityGroupsError';
  readonly code = 'template.root_security_groups';

  constructor() {
    super('the launch template has security groups but no network interface; move them into interface 0 in EC2');
  }
}

/** DRS manages the interface with this index; others belong to whoever added them. */
const PRIMARY = 0;

/** What Prelaunch manages of a template's content. */
export function settingsOf(data: ResponseLaunchTemplateData): TemplateSettings {
  const primary = data.NetworkInterfaces?.find(({ DeviceIndex }) => DeviceIndex === PRIMARY);
  const groups = primary?.Groups ?? data.SecurityGroupIds;
  const { Enabled: monitored } = data.Monitoring ?? {};
  const tags = instanceTags(data);
  // AWS's value types are wider: a template may hold what Prelaunch would refuse to write.
  const settings: TemplateSettings = stated({
    instanceType: data.InstanceType,
    subnetId: primary?.SubnetId,
    securityGroupIds: groups?.length ? groups : undefined,
    iamInstanceProfile: data.IamInstanceProfile?.Arn ?? data.IamInstanceProfile?.Name,
    privateIpAddress: primaryAddress(primary),
    associatePublicIpAddress: primary?.AssociatePublicIpAddress,
    metadataOptions: metadataOf(data),
    monitoring: monitored === undefined ? undefined : { enabled: monitored },
    tenancy: data.Placement?.Tenancy,
    tags: tags.length > 0 ? Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value])) : undefined,
  });
  return settings;
}

/**
 * The parameters to send with `SourceVersion` so that the changes are made and nothing else is: a parameter that is sent replaces
 * the inherited one whole, so lists and objects go out complete, edited only where a setting is.
 */
export function changedData(data: ResponseLaunchTemplateData, changes: TemplateSettings): RequestLaunchTemplateData {
  const { iamInstanceProfile: profile, metadataOptions, monitoring, tenancy, tags, instanceType } = changes;
  return {
    ...(instanceType !== undefined && {
      InstanceType: instanceType as NonNullable<RequestLaunchTemplateData['InstanceType']>,
    }),
    ...(profile !== undefined && {
      IamInstanceProfile: profile.startsWith('arn:') ? { Arn: profile } : { Name: profile },
    }),
    ...(monitoring && { Monitoring: { Enabled: monitoring.enabled } }),
    ...(tenancy && { Placement: { ...data.Placement, Tenancy: tenancy } }),
    ...(metadataOptions && { MetadataOptions: withMetadata(data, metadataOptions) }),
    ...(tags && { TagSpecifications: withTags(data, tags) }),
    ...(touchesInterface(changes) && { NetworkInterfaces: withInterface(data, changes) }),
  };
}

function touchesInterface(changes: TemplateSettings): boolean {
  const { subnetId, securityGroupIds, privateIpAddress, associatePublicIpAddress } = changes;
  return [subnetId, securityGroupIds, privateIpAddress, associatePublicIpAddress].some((value) => value !== undefined);
}

function withInterface(data: ResponseLaunchTemplateData, changes: TemplateSettings): NetworkInterfaceRequest[] {
  // The request and the response name the fields of an interface alike.
  const interfaces = (data.NetworkInterfaces ?? []) as NetworkInterfaceRequest[];
  if (interfaces.length === 0 && data.SecurityGroupIds?.length) throw new RootSecurityGroupsError();
  const primary = interfaces.find(({ DeviceIndex }) => DeviceIndex === PRIMARY) ?? { DeviceIndex: PRIMARY };
  const edited = editedInterface(primary, changes);
  return [edited, ...interfaces.filter(({ DeviceIndex }) => DeviceIndex !== PRIMARY)];
}

function editedInterface(primary: NetworkInterfaceRequest, changes: TemplateSettings): NetworkInterfaceRequest {
  const { subnetId, securityGroupIds, privateIpAddress, associatePublicIpAddress } = changes;
  const { PrivateIpAddresses: listed, ...others } = primary;
  // An address stated both alone and as the primary one of the list is refused at launch.
  const kept = privateIpAddress === undefined ? listed : listed?.filter(({ Primary }) => !Primary);
  return {
    ...others,
    ...(kept?.length && { PrivateIpAddresses: kept }),
    ...(subnetId !== undefined && { SubnetId: subnetId }),
    ...(securityGroupIds && { Groups: securityGroupIds }),
    ...(privateIpAddress !== undefined && { PrivateIpAddress: privateIpAddress }),
    ...(associatePublicIpAddress !== undefined && { AssociatePublicIpAddress: associatePublicIpAddress }),
  };
}

function primaryAddress(primary: NetworkInterface | undefined): string | undefined {
  return primary?.PrivateIpAddress ?? primary?.PrivateIpAddresses?.find(({ Primary }) => Primary)?.PrivateIpAddress;
}

function metadataOf({ MetadataOptions: found }: ResponseLaunchTemplateData): TemplateSettings['metadataOptions'] {
  if (!found) return undefined;
  return stated({
    httpEndpoint: found.HttpEndpoint,
    httpTokens: found.HttpTokens,
    httpPutResponseHopLimit: found.HttpPutResponseHopLimit,
    httpProtocolIpv6: found.HttpProtocolIpv6,
    instanceMetadataTags: found.InstanceMetadataTags,
  });
}

function withMetadata(
  { MetadataOptions: found }: ResponseLaunchTemplateData,
  changes: NonNullable<TemplateSettings['metadataOptions']>,
): NonNullable<RequestLaunchTemplateData['MetadataOptions']> {
  // `State` only comes back in answers.
  const { State: _state, ...kept } = found ?? {};
  return {
    ...kept,
    ...stated({
      HttpEndpoint: changes.httpEndpoint,
      HttpTokens: changes.httpTokens,
      HttpPutResponseHopLimit: changes.httpPutResponseHopLimit,
      HttpProtocolIpv6: changes.httpProtocolIpv6,
      InstanceMetadataTags: changes.instanceMetadataTags,
    }),
  };
}

function instanceTags({ TagSpecifications }: ResponseLaunchTemplateData): Tag[] {
  return TagSpecifications?.find(({ ResourceType }) => ResourceType === 'instance')?.Tags ?? [];
}

function withTags(data: ResponseLaunchTemplateData, changes: NonNullable<TemplateSettings['tags']>) {
  const kept = instanceTags(data).filter(({ Key = '' }) => !Object.hasOwn(changes, Key));
  const Tags = [...kept, ...Object.entries(changes).map(([Key, Value]) => ({ Key, Value }))];
  const others = (data.TagSpecifications ?? []).filter(({ ResourceType }) => ResourceType !== 'instance');
  return [{ ResourceType: 'instance' as const, Tags }, ...others];
}

function stated(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
