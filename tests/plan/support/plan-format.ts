/** One resource as the engine would be asked to register it. */
export interface Resource {
  /** For example `aws:sqs/queue:Queue`. */
  readonly type: string;
  /** The engine's name for it, not the physical one. */
  readonly name: string;
  readonly parent: string;
  readonly custom: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly dependsOn: readonly string[];
  readonly retainOnDelete: boolean;
  readonly protect: boolean;
}

/** What `app` of sst.config.ts answers, with the stage it was asked for. */
export interface App {
  readonly name: string;
  readonly stage: string;
  readonly removal: string;
  readonly protect: boolean;
  readonly home: string;
  readonly providers: Readonly<Record<string, unknown>>;
}

/** Everything that a deployment of one stage would create, in a stable order. */
export interface Plan {
  readonly app: App;
  readonly resources: readonly Resource[];
}
