import * as z from 'zod';

/** Events that AWS itself puts on the account's default bus. Only what is needed is demanded: AWS adds fields as it likes. */

const Envelope = { id: z.string().optional(), account: z.string(), region: z.string(), time: z.string().optional() };

const Parameters = z.record(z.string(), z.unknown()).nullish();

/** `AWS API Call via CloudTrail`: what the trail tells of one call, whatever it was. */
export const CloudTrailCall = z.looseObject({
  ...Envelope,
  source: z.enum(['aws.drs', 'aws.ec2']),
  'detail-type': z.literal('AWS API Call via CloudTrail'),
  detail: z.looseObject({
    eventName: z.string(),
    eventSource: z.string(),
    eventTime: z.string(),
    eventID: z.string().optional(),
    awsRegion: z.string(),
    recipientAccountId: z.string().optional(),
    errorCode: z.string().nullish(),
    userIdentity: z
      .looseObject({
        type: z.string().nullish(),
        arn: z.string().nullish(),
        accountId: z.string().nullish(),
        invokedBy: z.string().nullish(),
        sessionContext: z.looseObject({ sourceIdentity: z.string().nullish() }).nullish(),
      })
      .nullish(),
    requestParameters: Parameters,
    responseElements: Parameters,
  }),
});
export type CloudTrailCall = z.output<typeof CloudTrailCall>;

/** `DRS Source Server Launch Result`: a recovery or a drill launched a server, or failed to. */
export const LaunchResult = z.looseObject({
  ...Envelope,
  source: z.literal('aws.drs'),
  'detail-type': z.literal('DRS Source Server Launch Result'),
  resources: z.array(z.string()).min(1),
  detail: z.looseObject({ state: z.string(), 'job-id': z.string().optional(), 'is-drill': z.string().optional() }),
});
export type LaunchResult = z.output<typeof LaunchResult>;

/** The calls after which settings of servers or of running instances may be others. */
export const AUDITED_CALLS = {
  drs: ['UpdateLaunchConfiguration'],
  launchTemplates: [
    'CreateLaunchTemplateVersion',
    'ModifyLaunchTemplate',
    'DeleteLaunchTemplate',
    'DeleteLaunchTemplateVersions',
  ],
  instances: [
    'ModifyInstanceAttribute',
    'ModifyNetworkInterfaceAttribute',
    'ModifyInstanceMetadataOptions',
    'AssociateIamInstanceProfile',
    'ReplaceIamInstanceProfileAssociation',
    'DisassociateIamInstanceProfile',
    'CreateTags',
    'DeleteTags',
    'MonitorInstances',
    'UnmonitorInstances',
    'StopInstances',
    'StartInstances',
    'TerminateInstances',
  ],
} as const;
