export type Home = ReturnType<typeof readHome>;

/** The account and Region that the stage is deployed to. */
export function readHome() {
  const { accountId } = aws.getCallerIdentityOutput();
  const { partition } = aws.getPartitionOutput();
  const { region } = aws.getRegionOutput();
  return {
    accountId,
    partition,
    /** An ARN in this account and Region. */
    arn: (service: string, resource: string) =>
      $interpolate`arn:${partition}:${service}:${region}:${accountId}:${resource}`,
  };
}
