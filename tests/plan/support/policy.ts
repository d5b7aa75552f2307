import type { Resource } from './plan-format.ts';

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: unknown;
}

type OneOrMany = string | readonly string[];
type WrittenStatement = Omit<Statement, 'Action' | 'Resource'> & {
  readonly Action: OneOrMany;
  readonly Resource?: OneOrMany;
};

/** The statements of a policy document, given as JSON or as the object, with every action and resource in a list. */
export function statementsOf(document: unknown): Statement[] {
  const { Statement: statements }: { Statement: WrittenStatement[] } =
    typeof document === 'string' ? JSON.parse(document) : document;
  return statements.map(({ Action, Resource = [], ...rest }) => ({
    ...rest,
    Action: [Action].flat(),
    Resource: [Resource].flat(),
  }));
}

/** What a role may do, whatever the policies it is spread over. */
export function grantsOf(role: Resource): Statement[] {
  const policies = role.inputs.inlinePolicies as readonly { readonly policy: string }[];
  return policies.flatMap(({ policy }) => statementsOf(policy));
}

/** One line per action and resource, sorted: equal lists mean equal permissions, however they are grouped and repeated in statements. */
export function permissionLines(statements: readonly Statement[]): string[] {
  const lines = statements.flatMap(({ Effect, Action, Resource, Condition }) =>
    Action.flatMap((action) =>
      Resource.map((resource) => [Effect, action, resource, JSON.stringify(Condition)].filter(Boolean).join(' ')),
    ),
  );
  return [...new Set(lines)].sort();
}
