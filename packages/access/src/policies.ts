import type { CheckParseAnswer, PolicySet, TemplateLink } from '@cedar-policy/cedar-wasm/web';
import type { AccessConfiguration, Grant, Role } from '@prelaunch/contracts/access';
import approver from '../policies/approver.cedar';
import auditor from '../policies/auditor.cedar';
import author from '../policies/author.cedar';
import list from '../policies/list.cedar';
import operator from '../policies/operator.cedar';
import protection from '../policies/protection.cedar';
import remediator from '../policies/remediator.cedar';
import viewer from '../policies/viewer.cedar';
import { AccessConfigurationError } from './access-configuration-error.ts';
import { cedar } from './cedar.ts';
import { templateLinks } from './template-links.ts';

/** A file per role, and what all roles share; each is a template that grants fill in. */
const templates: Readonly<Record<Role | 'list', string>> = {
  viewer,
  operator,
  author,
  approver,
  remediator,
  auditor,
  list,
};

const COVERS_NOTHING = 'it names no group, no tag and no configuration';

/** All policies of a deployment. Throws `AccessConfigurationError` when there is a grant that covers nothing. */
export function policiesOf({ grants }: AccessConfiguration): PolicySet {
  return { staticPolicies: byStatedId(protection), templates, templateLinks: grants.flatMap(linksOf) };
}

/** Which grants Cedar refuses, and why. For a set of policies that was refused as a whole, since that does not say where. */
export function refusedGrants({ grants }: AccessConfiguration): string[] {
  return grants.flatMap((grant, index) => {
    const answer = cedar.checkParsePolicySet({ templates, templateLinks: linksOf(grant, index) });
    return problemsOf(answer).map((problem) => `${nameOf(grant, index)}: ${problem}`);
  });
}

export function problemsOf(answer: CheckParseAnswer): string[] {
  return answer.type === 'failure' ? answer.errors.map(({ message }) => message) : [];
}

function linksOf(grant: Grant, index: number): TemplateLink[] {
  const links = templateLinks(grant, index);
  // Scopes that name nothing are a mistake; without this they would grant nothing and nobody would know.
  if (links.length === 0) throw new AccessConfigurationError([`${nameOf(grant, index)}: ${COVERS_NOTHING}`]);
  return links;
}

function nameOf({ role, to }: Grant, index: number): string {
  return `grants[${index}] (${role} to ${to})`;
}

/**
 * Policies by the `@id` that each states. Without ids, Cedar counts them, and records would change their meaning with the file.
 * They stay text: as JSON, large numbers in them would not be what the file says.
 */
function byStatedId(text: string): Record<string, string> {
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === 'failure') throw new AccessConfigurationError(parts.errors.map(({ message }) => message));
  const byId = Object.fromEntries(parts.policies.flatMap((policy) => statedIds(policy).map((id) => [id, policy])));
  if (Object.keys(byId).length < parts.policies.length)
    throw new AccessConfigurationError(['policies need an @id each, all different']);
  return byId;
}

function statedIds(policy: string): string[] {
  const answer = cedar.policyToJson(policy);
  return answer.type === 'success' && answer.json.annotations?.id ? [answer.json.annotations.id] : [];
}
