import { AccessConfiguration } from '@prelaunch/contracts/access';
import { StatedDriftPolicy } from '@prelaunch/contracts/drift';
import { bundleLoaders } from '@prelaunch/topology/bundle-loaders';
import { environmentOf } from '@prelaunch/topology/environment';
import { physicalName } from '@prelaunch/topology/names';
import type { FunctionSpec, Topology } from '@prelaunch/topology/shape';
import access from '../access.json';
import driftPolicy from '../drift-policy.json';
import type { Home } from './home.ts';
import { lookup } from './lookup.ts';
import { permissionsOf } from './permissions.ts';
import type { Queues } from './queues.ts';
import { resourceName } from './resource-name.ts';
import type { Tables } from './tables.ts';

export type Functions = ReadonlyMap<string, sst.aws.Function>;

export interface FunctionInputs {
  readonly stage: string;
  readonly home: Home;
  readonly tables: Tables;
  readonly queues: Queues;
  readonly bus: sst.aws.Bus;
}

export function createFunctions(topology: Topology, inputs: FunctionInputs): Functions {
  const functions = Object.entries(topology.functions);
  return new Map(functions.map(([id, spec]) => [id, createFunction(id, spec, topology, inputs)]));
}

/** SST bundles the handler with everything it imports: the AWS SDK is the pinned one, not the one of the Lambda runtime. */
function createFunction(id: string, spec: FunctionSpec, topology: Topology, inputs: FunctionInputs) {
  return new sst.aws.Function(resourceName(id, 'Function'), {
    name: physicalName(inputs.stage, id),
    handler: spec.entry.replace(/\.ts$/, '.handler'),
    runtime: 'nodejs24.x',
    architecture: 'arm64',
    timeout: `${spec.timeoutSeconds} seconds`,
    memory: `${spec.memoryMb} MB`,
    nodejs: { loader: bundleLoaders, splitting: true },
    logging: { format: 'json', retention: '1 month' },
    environment: environmentOf<$util.Input<string>>(spec, String(topology.applyLeaseSeconds), resolverOf(inputs)),
    permissions: permissionsOf(id, topology, inputs),
    transform: { role: narrowedRole() },
  });
}

/** SST's role trusts the whole account, and writes every log group of it through a managed policy; `permissionsOf` names the one. */
function narrowedRole(): Partial<aws.iam.RoleArgs> {
  const trustLambda = aws.iam.assumeRolePolicyForPrincipal({ Service: 'lambda.amazonaws.com' });
  // Live development runs the function on a developer's machine, under this role.
  return { managedPolicyArns: [], ...(!$dev && { assumeRolePolicy: trustLambda }) };
}

function resolverOf({ stage, home, tables, queues, bus }: FunctionInputs) {
  return {
    stage,
    busName: bus.name,
    homeAccountId: home.accountId,
    tableName: (id: string) => lookup(tables, 'table', id).name,
    queueUrl: (id: string) => lookup(queues, 'queue', id).url,
    accessConfiguration: JSON.stringify(AccessConfiguration.parse(access)),
    driftPolicy: JSON.stringify(StatedDriftPolicy.parse(driftPolicy)),
  };
}
