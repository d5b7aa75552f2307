import type { OperationRequest, OperationResponse } from '@prelaunch/contracts/operations';
import type { AccessGate, Principal } from '../access/gate.ts';
import type { AuditReader, AuditTrail } from '../audit/ports.ts';
import type { Catalogue } from '../configuration/configuration.ts';
import type { BindingStore, ConfigurationStore, RolloutStore } from '../configuration/ports.ts';
import type { RemediateDeps } from '../drift/note-remediation.ts';
import type { StartWaveDeps } from '../wave/start-wave.ts';

/** A request as a way in took it. */
export interface Call {
  /** `{ operation, ... }`, not looked at yet. */
  readonly input: unknown;
  /** Fields of it that callers state elsewhere on this way in, such as in the path. */
  readonly elsewhere?: readonly string[];
  readonly principal: Principal;
  /** Unique to this call. */
  readonly requestId: string;
  /** How long the caller is kept waiting for the outcome of a change. */
  readonly waitMs: number;
  /** How long the way in allows a wave to be made ready. */
  readonly waveWaitMs: number;
}

/** A call that was understood, with what its parts need to know of the others. */
export interface UnderstoodCall<Request extends OperationRequest = OperationRequest> extends Call {
  readonly request: Request;
  readonly correlationId: string;
  /** How statuses name who asked. */
  readonly by: string;
  /** Of those that need it; else as if nothing had been published. */
  readonly catalogue: Catalogue;
  /** How long it took to read what the request names. */
  readonly readMs: number;
}

/** What is remembered of a call that somebody may repeat. */
export interface Repeatable {
  readonly operation: string;
  readonly groupId: string | undefined;
  /** Nobody gets the answer that somebody else was given. */
  readonly principalId: string;
  readonly idempotencyKey: string | undefined;
  /** A repeat has to ask for the same. */
  readonly asked: unknown;
}

/** Performs a call once for its key; repeats within a day get what came of it then. What is not final is not kept. */
export type Once = <Answer>(
  call: Repeatable,
  perform: () => Promise<Answer>,
  isFinal: (answer: Answer) => boolean,
) => Promise<Answer>;

export interface OperationDeps extends StartWaveDeps {
  readonly configurations: ConfigurationStore;
  readonly bindings: BindingStore;
  readonly rollouts: RolloutStore;
  readonly gate: AccessGate;
  readonly audit: AuditTrail;
  /** For starting recoveries: keeps records elsewhere rather than refuse, since nobody may wait for a log in a disaster. */
  readonly recoveryAudit: AuditTrail;
  readonly auditLog: AuditReader;
  readonly once: Once;
  /** What audits and remediations stand on. */
  readonly drift: RemediateDeps;
}

export interface Served {
  readonly request: OperationRequest;
  readonly response: OperationResponse;
  readonly correlationId: string;
}
