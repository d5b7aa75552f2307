import { InvokeCommand } from '@aws-sdk/client-lambda';
import { OperationError } from '@prelaunch/contracts/operations/operation-error';
import { LOCAL_STAGE, physicalName } from '@prelaunch/topology/names';
import type { z } from 'zod';
import type { Clients } from './clients.ts';

/** Invokes an operation directly, as Step Functions and other functions do. Throws what it refuses. `invocationId` is Lambda's. */
export async function invokeOperation<Schema extends z.ZodType>(
  { lambda }: Clients,
  request: { readonly operation: string },
  answer: Schema,
): Promise<{ readonly answer: z.output<Schema>; readonly invocationId: string }> {
  const FunctionName = physicalName(LOCAL_STAGE, 'operations');
  const { Payload, $metadata } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(request) }),
  );
  const parsed: unknown = JSON.parse(Payload?.transformToString() ?? 'null');
  const refused = OperationError.safeParse(parsed);
  if (refused.success) throw new Error(`${request.operation}: ${refused.data.error.message}`);
  return { answer: answer.parse(parsed), invocationId: $metadata.requestId ?? '' };
}
