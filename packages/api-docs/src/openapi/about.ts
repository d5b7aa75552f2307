import type { ZodOpenApiObject } from 'zod-openapi';

export const info = {
  title: 'Prelaunch',
  summary: 'Launch settings for AWS Elastic Disaster Recovery, applied and verified before the disaster',
  description: [
    'Protection groups with the launch settings of their source servers, the status of these settings on AWS, and the start of recovery waves.',
    'Settings can be inherited from configurations, which inherit from each other, have versions, and are published in stages.',
    'What is on AWS is compared with what was applied and with what is stated now; what differs is weighed, and put right, proposed or only told.',
    'Changes are applied in the background: an answer with the status 202 says where and when to look for their outcome.',
    'Every operation can be called by direct invocation too, with the same fields, answers and error codes.',
    'What failed is told in one shape (`OperationError`) with a stable code; `retryable` says whether the same request may succeed later.',
  ].join('\n\n'),
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

export const servers = [
  {
    url: 'https://{host}/{stage}',
    description: 'A deployment behind Amazon API Gateway',
    variables: {
      host: {
        default: 'a1b2c3d4e5.execute-api.us-east-1.amazonaws.com',
        description: 'The host of the deployed API.',
      },
      stage: { default: 'production', description: 'The stage that was deployed.' },
    },
  },
];

export const tags = [
  { name: 'Protection groups', description: 'Servers that are configured and recovered together.' },
  { name: 'Launch configurations', description: 'The launch settings of a group: applying them, and how they stand.' },
  {
    name: 'Configurations',
    description: 'Launch settings to inherit: versions, drafts, publishing, and how they resolve.',
  },
  { name: 'Bindings', description: 'Who begins at which configuration.' },
  {
    name: 'Drift',
    description: 'What differs on AWS from what was applied and from what is stated now, and what is done about it.',
  },
  { name: 'Waves', description: 'Starting recoveries and drills.' },
  { name: 'Audit', description: 'What was decided and done, by whom.' },
];
export type Tag =
  | 'Protection groups'
  | 'Launch configurations'
  | 'Configurations'
  | 'Bindings'
  | 'Drift'
  | 'Waves'
  | 'Audit';

export const securitySchemes = {
  cognito: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An ID token of the Amazon Cognito user pool.',
  },
  sigV4: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'A request that is signed with AWS Signature Version 4 for the service `execute-api`.',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
} as const satisfies NonNullable<ZodOpenApiObject['components']>['securitySchemes'];

/** Either is enough. */
export const SECURITY: Record<string, string[]>[] = [{ cognito: [] }, { sigV4: [] }];
