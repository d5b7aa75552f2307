import type { Topology } from '@prelaunch/topology/shape';
import type { Functions } from './functions.ts';
import { lookup } from './lookup.ts';
import { resourceName } from './resource-name.ts';

/** Each caller gets an alias, and IAM says who may use which. All run the code as it is, so deploying changes them together. */
export function createAliases(specs: Topology['functions'], functions: Functions) {
  for (const [id, { aliases = [] }] of Object.entries(specs))
    for (const alias of aliases)
      new aws.lambda.Alias(resourceName(`${id}-${alias}`, 'Alias'), {
        name: alias,
        functionName: lookup(functions, 'function', id).name,
        functionVersion: '$LATEST',
      });
}
