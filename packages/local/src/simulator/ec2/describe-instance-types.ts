import * as Ec2 from '@aws-sdk/client-ec2';
import { ServiceError } from '../errors.ts';
import { invalidParameter } from './ec2-errors.ts';
import { ec2Page } from './ec2-page.ts';
import { filtered, unknownFilter } from './filters.ts';

const NAMED_TYPES_MAX = 100;
const PAGE = { min: 5, max: 100, unstated: 100 };
/** A `g` behind the generation, as in m7g and c7gn, is a processor of AWS's own. */
const GRAVITON = /^(a1|[a-z]+\d+g[a-z]*)\./;

/** Every type of which the SDK knows, in every Region. */
const CATALOGUE: ReadonlyMap<string, Ec2.InstanceTypeInfo> = new Map(
  Object.values(Ec2._InstanceType).map((name) => [name, instanceType(name)]),
);

/** Types that are named and do not exist refuse the call; a filter simply does not find them. */
export function describeInstanceTypes(input: Ec2.DescribeInstanceTypesRequest): Ec2.DescribeInstanceTypesResult {
  const matching = filtered(namedTypes(input), input.Filters, fieldOf);
  const page = ec2Page(matching, ({ InstanceType }) => InstanceType, input, PAGE);
  return { InstanceTypes: page.items, NextToken: page.nextToken };
}

function namedTypes({ InstanceTypes: names, MaxResults }: Ec2.DescribeInstanceTypesRequest): Ec2.InstanceTypeInfo[] {
  if (!names?.length) return [...CATALOGUE.values()];
  if (MaxResults !== undefined) {
    const message = 'The parameter instanceTypes cannot be used with the parameter maxResults';
    throw new ServiceError(400, 'InvalidParameterCombination', message);
  }
  if (names.length > NAMED_TYPES_MAX)
    throw invalidParameter(`At most ${NAMED_TYPES_MAX} instance types can be named in one request.`);
  const unknown = names.filter((name) => !CATALOGUE.has(name));
  if (unknown.length > 0) {
    const message = `The following supplied instance types do not exist: [${unknown.join(', ')}]`;
    throw new ServiceError(400, 'InvalidInstanceType', message);
  }
  return [...new Set(names)].flatMap((name) => CATALOGUE.get(name) ?? []);
}

function instanceType(name: Ec2._InstanceType): Ec2.InstanceTypeInfo {
  return {
    InstanceType: name,
    BareMetal: name.includes('.metal'),
    BurstablePerformanceSupported: /^t\d/.test(name),
    ProcessorInfo: { SupportedArchitectures: [architectureOf(name)] },
    SupportedRootDeviceTypes: ['ebs'],
    SupportedUsageClasses: ['on-demand'],
  };
}

function architectureOf(name: string): Ec2.ArchitectureType {
  if (/^mac\d+-/.test(name)) return 'arm64_mac';
  if (name.startsWith('mac')) return 'x86_64_mac';
  return GRAVITON.test(name) ? 'arm64' : 'x86_64';
}

function fieldOf({ InstanceType, BareMetal }: Ec2.InstanceTypeInfo, name: string): string | undefined {
  if (name === 'instance-type') return InstanceType;
  if (name === 'bare-metal') return String(BareMetal);
  throw unknownFilter(name);
}
