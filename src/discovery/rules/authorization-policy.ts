import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { oncePer } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import { describeConfig, namespaceOf } from '../values/config-object.ts';
import { fieldsOf, listOf, objectsOf, selects, stringsOf, textOf, textsOf } from '../values/fields.ts';
import { parseGoBool, rootNamespaceOf, trustDomainAliasesOf, trustDomainOf } from '../values/mesh-config.ts';
import type { IstiodView } from '../values/model.ts';
import {
  type AccessCondition,
  type AccessRequest,
  allOf,
  anyOf,
  type Decided,
  isAlwaysDecided,
  isHttpOnly,
  meets,
} from './access-condition.ts';

/** Whether the proxy of a pod lets a request in; `Open` where the question does not decide it. Explanations are clauses. */
export interface AccessDecision {
  readonly outcome: 'Allowed' | 'Denied' | 'Open';
  readonly explanation: string;
}

/** The pod that a request arrives at. */
export interface AccessTarget {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Action = 'ALLOW' | 'DENY' | 'CUSTOM';

interface Rule {
  /** Each list is of conditions that must all hold; one list of each must. */
  readonly from: readonly (readonly AccessCondition[])[];
  readonly to: readonly (readonly AccessCondition[])[];
}

interface Policy {
  /** `AuthorizationPolicy shop/web` */
  readonly name: string;
  readonly namespace: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly action: Action;
  readonly rules: readonly Rule[];
}

const allowed: AccessDecision = { outcome: 'Allowed', explanation: 'no AuthorizationPolicy denies it' };

/**
 * What the AuthorizationPolicies that select a pod make of a request: CUSTOM and DENY before ALLOW, and where there is
 * any ALLOW one of them must let it in (pilot/pkg/security/authz/builder/builder.go).
 */
export function accessTo(view: IstiodView, target: AccessTarget, request: AccessRequest): AccessDecision {
  const selecting = policiesFor(view, target);
  if (selecting.length === 0) return allowed;
  const trustDomains = [trustDomainOf(view.istiod), ...trustDomainAliasesOf(view.istiod)];
  const judged = selecting.map((policy) => ({
    policy,
    matches: matchOf(policy, request, trustDomains),
  }));
  const of = (action: Action, matches: Decided): readonly Policy[] =>
    judged.filter((one) => one.policy.action === action && one.matches === matches).map(({ policy }) => policy);
  const [denying] = of('DENY', true);
  if (denying !== undefined) return { outcome: 'Denied', explanation: `${denying.name} (action DENY) denies it` };
  const allows = selecting.filter(({ action }) => action === 'ALLOW');
  const mayAllow = [...of('ALLOW', true), ...of('ALLOW', undefined)];
  if (allows.length > 0 && mayAllow.length === 0) {
    return {
      outcome: 'Denied',
      explanation: `${namesOf(allows)} (action ALLOW) ${allows.length > 1 ? 'let' : 'lets'} other requests in only`,
    };
  }
  const open = [
    ...of('DENY', undefined),
    ...of('CUSTOM', undefined),
    ...of('CUSTOM', true),
    ...(of('ALLOW', true).length > 0 ? [] : of('ALLOW', undefined)),
  ];
  if (open.length === 0) return allowed;
  return {
    outcome: 'Open',
    explanation: `whether ${namesOf(open)} ${open.length > 1 ? 'let' : 'lets'} it in depends on ${dependenciesOf(open)}`,
  };
}

function namesOf(policies: readonly Policy[]): string {
  return policies.map(({ name }) => name).join(' and ');
}

function dependenciesOf(policies: readonly Policy[]): string {
  const keys = new Set(policies.flatMap(openKeysOf));
  if (policies.some(({ action }) => action === 'CUSTOM')) keys.add('an external authorizer');
  return [...keys].join(', ');
}

function openKeysOf({ rules }: Policy): readonly string[] {
  const conditions = rules.flatMap(({ from, to }) => [...from, ...to].flat());
  return [...new Set(conditions.map(({ key }) => key).filter((key) => !isAlwaysDecided(key)))];
}

/** Those of the root namespace and of the pod's own; such with targetRefs are for gateways and waypoints (policyattachment.go). */
function policiesFor(view: IstiodView, { namespace, labels }: AccessTarget): readonly Policy[] {
  const byNamespace = policiesByNamespace(view);
  const namespaces = new Set([rootNamespaceOf(view.istiod), namespace]);
  return [...namespaces].flatMap((one) =>
    (byNamespace.get(one) ?? []).filter(({ selector }) => selects(selector, labels)),
  );
}

const policiesByNamespace = oncePer((view: IstiodView): ReadonlyMap<string, readonly Policy[]> => {
  const policies = view.config.authorizationPolicies.flatMap((object) => policyOf(object) ?? []);
  return Map.groupBy(policies, ({ namespace }) => namespace);
});

/** Undefined for one that decides nothing for a sidecar: AUDIT, a dry run, or with targets. */
function policyOf(object: KubeObject): Policy | undefined {
  const spec = fieldsOf(object.spec);
  const targets = [...listOf(spec.targetRefs), ...(spec.targetRef === undefined ? [] : [spec.targetRef])];
  const isDryRun = parseGoBool(object.metadata.annotations?.['istio.io/dry-run'] ?? '') === true;
  const action = textOf(spec.action) || 'ALLOW';
  if (targets.length > 0 || isDryRun || !(action === 'ALLOW' || action === 'DENY' || action === 'CUSTOM'))
    return undefined;
  return {
    name: describeConfig(object),
    namespace: namespaceOf(object),
    selector: stringsOf(fieldsOf(spec.selector).matchLabels),
    action,
    rules: objectsOf(spec.rules).flatMap((rule) => ruleOf(rule) ?? []),
  };
}

const sourceFields = {
  principals: 'source.principal',
  requestPrincipals: 'request.auth.principal',
  namespaces: 'source.namespace',
  serviceAccounts: 'source.serviceAccount',
  trustDomains: 'source.trustDomain',
  ipBlocks: 'source.ip',
  remoteIpBlocks: 'remote.ip',
} as const;
const operationFields = { hosts: 'host', ports: 'destination.port', methods: 'method', paths: 'path' } as const;

const targetKeys = /^(destination\.(ip|port)|connection\.sni|experimental\.envoy\.filters\..*)$/;
const sourceKeys =
  /^(source\.(ip|namespace|principal|serviceAccount|trustDomain)|remote\.ip|request\.(headers\[.*|auth\..*))$/;

/** Undefined for a rule with an attribute that istiod does not know: it leaves the rule out. */
function ruleOf(rule: JsonObject): Rule | undefined {
  const when = objectsOf(rule.when).map(({ key, values, notValues }) => ({
    key: textOf(key),
    values: textsOf(values),
    notValues: textsOf(notValues),
  }));
  if (when.some(({ key }) => !targetKeys.test(key) && !sourceKeys.test(key))) return undefined;
  const onSource = when.filter(({ key }) => sourceKeys.test(key));
  const onTarget = when.filter(({ key }) => targetKeys.test(key));
  return {
    from: alternatives(rule.from, (item) => conditionsIn(item.source, sourceFields), onSource),
    to: alternatives(rule.to, (item) => conditionsIn(item.operation, operationFields), onTarget),
  };
}

function alternatives(
  list: Json | undefined,
  conditionsOf: (item: JsonObject) => readonly AccessCondition[],
  always: readonly AccessCondition[],
): readonly (readonly AccessCondition[])[] {
  const items = objectsOf(list);
  return items.length === 0 ? [always] : items.map((item) => [...conditionsOf(item), ...always]);
}

function conditionsIn(value: Json | undefined, keys: Readonly<Record<string, string>>): readonly AccessCondition[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(keys).flatMap(([field, key]) => {
    const values = textsOf(value[field]);
    const notValues = textsOf(value[`not${field[0]?.toUpperCase()}${field.slice(1)}`]);
    return values.length + notValues.length === 0 ? [] : [{ key, values, notValues }];
  });
}

/**
 * Whether any rule is for the request. On TCP what only HTTP has makes istiod leave out the rule of an ALLOW policy, and
 * the condition alone of another (model.go, checkError).
 */
function matchOf(
  { rules, action, namespace }: Policy,
  request: AccessRequest,
  trustDomains: readonly string[],
): Decided {
  const isTcp = request.http === undefined;
  const all = (conditions: readonly AccessCondition[]): Decided =>
    allOf(
      conditions
        .filter(({ key }) => !isTcp || !isHttpOnly(key))
        .map((condition) => meets(condition, request, { namespace, trustDomains })),
    );
  return anyOf(
    rules.map(({ from, to }) => {
      const leavesOut = isTcp && action === 'ALLOW' && [...from, ...to].flat().some(({ key }) => isHttpOnly(key));
      return leavesOut ? false : allOf([anyOf(from.map(all)), anyOf(to.map(all))]);
    }),
  );
}
