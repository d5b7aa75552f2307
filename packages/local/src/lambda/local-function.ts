/** A function of the topology, ready to run: its bundle, its limits and its environment variables. */
export interface LocalFunction {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly bundlePath: string;
  readonly bootstrapPath: string;
  readonly compileCacheDirectory: string;
  readonly logPath: string;
  readonly variables: Readonly<Record<string, string>>;
  /** The most execution environments that it may have at once. */
  readonly environmentsMax: number;
}
