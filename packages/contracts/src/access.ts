import * as z from 'zod';

/** What somebody may be. docs/security.md says what each role may do; the policies in packages/access decide it. */
export const ROLES = ['viewer', 'operator', 'author', 'approver', 'remediator', 'auditor'] as const;
export const Role = z.enum(ROLES, { error: `one of ${ROLES.join(', ')}` });
export type Role = z.output<typeof Role>;

const GRANTEE =
  'cognito-group:<name>, iam:<ARN of a role or user> or caller:<alias of the operations function, or unqualified>';

/**
 * Who is given a role: the members of a Cognito group, an IAM role or user, or whoever may invoke the operations function
 * through an alias.
 */
export const Grantee = z
  .string({ error: GRANTEE })
  .regex(
    /^(cognito-group:\S.{0,127}|iam:arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]{1,576}|caller:[A-Za-z0-9_-]{1,128})$/,
    GRANTEE,
  );

const Grant = z.strictObject({
  to: Grantee,
  role: Role,
  /** Only for these groups, by id. Without `groups`, `tags` and `configurations`, for everything. */
  groups: z.array(z.string().min(1, 'group ids')).min(1, '1 or more group ids').optional(),
  /** Only for groups that carry one of these tags. With `groups`, for either. */
  tags: z.record(z.string(), z.string()).optional(),
  /** Only for these configurations, by id. With `groups` and `tags`, for those groups too. */
  configurations: z.array(z.string().min(1, 'configuration ids')).min(1, '1 or more configuration ids').optional(),
});
export type Grant = z.output<typeof Grant>;

/** Which roles a deployment gives to whom. */
export const AccessConfiguration = z.strictObject({ grants: z.array(Grant) });
export type AccessConfiguration = z.output<typeof AccessConfiguration>;
