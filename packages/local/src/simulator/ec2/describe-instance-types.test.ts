import { _InstanceType, DescribeInstanceTypesCommand, paginateDescribeInstanceTypes } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

let served: ServedSimulator;
beforeAll(async () => {
  served = await serveSimulator();
});
afterAll(() => served.close());

const types = async (input: object) =>
  (await served.ec2.send(new DescribeInstanceTypesCommand(input))).InstanceTypes ?? [];

describe('instance types', () => {
  it('are found by name', async () => {
    const found = await types({ InstanceTypes: ['m7i-flex.large', 'u-6tb1.metal', 'c7gn.xlarge', 'g5.xlarge'] });
    expect(
      found.map(({ InstanceType, BareMetal, ProcessorInfo }) => [
        InstanceType,
        BareMetal,
        ProcessorInfo?.SupportedArchitectures,
      ]),
    ).toEqual([
      ['m7i-flex.large', false, ['x86_64']],
      ['u-6tb1.metal', true, ['x86_64']],
      ['c7gn.xlarge', false, ['arm64']],
      ['g5.xlarge', false, ['x86_64']],
    ]);
  });

  it('refuse a whole call for names that do not exist, and name them', async () => {
    await expect(types({ InstanceTypes: ['m5.large', 'm5.huge', 'x.y'] })).rejects.toMatchObject({
      name: 'InvalidInstanceType',
      message: 'The following supplied instance types do not exist: [m5.huge, x.y]',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('are simply absent from what a filter finds', async () => {
    const Values = ['m5.large', 'm5.huge'];
    expect(await types({ Filters: [{ Name: 'instance-type', Values }] })).toMatchObject([{ InstanceType: 'm5.large' }]);
  });

  it('come in pages, all that the SDK knows', async () => {
    const names: unknown[] = [];
    let pages = 0;
    for await (const { InstanceTypes = [] } of paginateDescribeInstanceTypes({ client: served.ec2 }, {})) {
      names.push(...InstanceTypes.map(({ InstanceType }) => InstanceType));
      pages += 1;
    }
    expect(names).toEqual(Object.values(_InstanceType));
    expect(pages).toBe(Math.ceil(names.length / 100));
  });

  it.each([
    ['InvalidParameterValue', { MaxResults: 4 }],
    ['InvalidParameterValue', { MaxResults: 101 }],
    ['InvalidParameterValue', { InstanceTypes: Array.from({ length: 101 }, () => 'm5.large') }],
    ['InvalidParameterCombination', { InstanceTypes: ['m5.large'], MaxResults: 5 }],
  ])('answer %s', async (name, input) => {
    await expect(types(input)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });
});
