import type { InstanceMetadataOptionsResponse, LaunchTemplateInstanceMetadataOptions, Tag } from '@aws-sdk/client-ec2';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';

/** What launch templates and instances have alike: EC2's form of it, and that of settings. */

export type OrNone<Settings> = { readonly [Name in keyof Settings]: Settings[Name] | null };

type MetadataSettings = NonNullable<LaunchSettings['metadataOptions']>;

type Ec2MetadataOptions = LaunchTemplateInstanceMetadataOptions | InstanceMetadataOptionsResponse;

/** Without what is undefined or null. */
export function stated(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}

export function metadataSettings(found: Ec2MetadataOptions): MetadataSettings {
  return stated({
    httpEndpoint: found.HttpEndpoint,
    httpTokens: found.HttpTokens,
    httpPutResponseHopLimit: found.HttpPutResponseHopLimit,
    httpProtocolIpv6: found.HttpProtocolIpv6,
    instanceMetadataTags: found.InstanceMetadataTags,
  });
}

/** Only what the settings state, null included. */
export function metadataOptions(settings: OrNone<MetadataSettings>): object {
  const { httpEndpoint, httpTokens, httpPutResponseHopLimit, httpProtocolIpv6, instanceMetadataTags } = settings;
  return {
    ...(httpEndpoint !== undefined && { HttpEndpoint: httpEndpoint }),
    ...(httpTokens !== undefined && { HttpTokens: httpTokens }),
    ...(httpPutResponseHopLimit !== undefined && { HttpPutResponseHopLimit: httpPutResponseHopLimit }),
    ...(httpProtocolIpv6 !== undefined && { HttpProtocolIpv6: httpProtocolIpv6 }),
    ...(instanceMetadataTags !== undefined && { InstanceMetadataTags: instanceMetadataTags }),
  };
}

/** By name or by ARN, as it is stated. */
export function instanceProfile(profile: string): { readonly Arn: string } | { readonly Name: string } {
  return profile.startsWith('arn:') ? { Arn: profile } : { Name: profile };
}

/** Undefined where there are none. */
export function tagSettings(tags: readonly Tag[]): Record<string, string> | undefined {
  return tags.length > 0 ? Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value])) : undefined;
}
