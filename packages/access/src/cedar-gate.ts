import type { AuthorizationAnswer, Context } from '@cedar-policy/cedar-wasm/web';
import type { AccessConfiguration } from '@prelaunch/contracts/access';
import type { AccessDecision, AccessGate, AccessQuestion, Publishing } from '@prelaunch/core/access/gate';
import schema from '../policies/schema.cedarschema';
import { AccessConfigurationError } from './access-configuration-error.ts';
import { cedar } from './cedar.ts';
import { principalEntity, resourceEntity } from './entities.ts';
import { policiesOf, problemsOf, refusedGrants } from './policies.ts';

const SCHEMA = 'prelaunch';
const SHOWN_ERROR_MAX = 200;

/** Of the first question about publishing: whether the caller may publish anything. */
const NOT_KNOWN_YET: Publishing = { changedServers: 0, keyClasses: [], isOwn: false };

/** Cedar keeps parsed policies by id, for as long as the process lives. */
let gates = 0;

/**
 * The gate of a deployment. Policies are parsed and asked once here, which takes most of 100 ms; a decision takes a fraction of
 * one. Throws `AccessConfigurationError`, so that a function that cannot decide does not start.
 */
export function cedarGate(configuration: AccessConfiguration): AccessGate {
  const policySetId = `gate ${gates++}`;
  const problems = [
    ...problemsOf(cedar.preparseSchema(SCHEMA, schema)),
    ...problemsOf(cedar.preparsePolicySet(policySetId, policiesOf(configuration))),
  ];
  if (problems.length > 0) throw new AccessConfigurationError([...problems, ...refusedGrants(configuration)]);
  askedOnce(policySetId);
  return { decide: (question) => decide(question, policySetId) };
}

/** The first decision compiles what all others run, so it is made before somebody waits for it. */
function askedOnce(policySetId: string): void {
  const nobody = { id: 'nobody', grantees: [] };
  decide({ principal: nobody, action: 'list_protection_groups', resource: { kind: 'estate' } }, policySetId);
}

/** Whatever goes wrong denies: that includes a forbid that fails, which Cedar itself would leave out. */
function decide(question: AccessQuestion, policySetId: string): AccessDecision {
  const answer = ask(question, policySetId);
  if (answer.type === 'failure') return denied(answer.errors[0]?.message);
  const { decision, diagnostics } = answer.response;
  if (diagnostics.errors.length > 0) return denied(diagnostics.errors[0]?.error.message);
  return { allowed: decision === 'allow', policies: diagnostics.reason.toSorted() };
}

function ask(question: AccessQuestion, policySetId: string): AuthorizationAnswer | Failure {
  const { principal, action, resource } = question;
  try {
    const entities = [principalEntity(principal), resourceEntity(resource)] as const;
    return cedar.statefulIsAuthorized({
      principal: entities[0].uid,
      action: { type: 'Action', id: action },
      resource: entities[1].uid,
      context: contextOf(question),
      preparsedSchemaName: SCHEMA,
      preparsedPolicySetId: policySetId,
      validateRequest: true,
      entities: [...entities],
    });
  } catch (error) {
    return { type: 'failure', errors: [{ message: String(error) }] };
  }
}

interface Failure {
  readonly type: 'failure';
  readonly errors: readonly { readonly message: string }[];
}

/** Who does not say that it is a drill asks for the real thing. */
function contextOf({ action, isDrill = false, publishing = NOT_KNOWN_YET }: AccessQuestion): Context {
  switch (action) {
    case 'start_wave_recovery':
      return { isDrill };
    case 'publish_configuration':
      return publishingContext(publishing);
    default:
      return {};
  }
}

/** A number that is no count is less than any threshold, or not what it says. */
function publishingContext({ changedServers, keyClasses, isOwn }: Publishing): Context {
  if (!Number.isSafeInteger(changedServers) || changedServers < 0)
    throw new RangeError(`changedServers is no count: ${changedServers}`);
  return { changedServers, keyClasses: [...keyClasses], isOwn };
}

function denied(error = 'unknown'): AccessDecision {
  return { allowed: false, policies: [`error: ${error.slice(0, SHOWN_ERROR_MAX)}`] };
}
