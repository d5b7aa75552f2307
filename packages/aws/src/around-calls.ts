import type { DrsClient } from '@aws-sdk/client-drs';
import type { EC2Client } from '@aws-sdk/client-ec2';

/** What is done around the calls of a client. `commandName` is such as `DescribeSubnetsCommand`. */
export type Around = <Answer>(commandName: string, send: () => Promise<Answer>) => Promise<Answer>;

/** Puts something around every call of a client. With `outermost` it is around what was put there otherwise, too. */
export function aroundCalls(
  client: DrsClient | EC2Client,
  { name, outermost = false }: { readonly name: string; readonly outermost?: boolean },
  around: Around,
): void {
  // The stacks of both clients are the same but for the types of what passes through.
  const { middlewareStack } = client as EC2Client;
  middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) =>
        around(commandName, () => next(args)),
    { step: 'initialize', name, priority: outermost ? 'high' : 'normal' },
  );
}
