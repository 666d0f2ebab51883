import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { oncePer, remember } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import { compareByAge, namespaceOf } from '../values/config-object.ts';
import { fieldsOf, objectsOf, selects, stringsOf, textOf, textsOf } from '../values/fields.ts';
import { fullHostName, type HostTable, isWildcard, mostSpecific } from '../values/host-name.ts';
import { parseGoBool, rootNamespaceOf, setting } from '../values/mesh-config.ts';
import type { IstiodView, Service } from '../values/model.ts';

export interface Subset {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly trafficPolicy: JsonObject | undefined;
}

/** One or more DestinationRules of a host that istiod made one (pilot/pkg/model/destination_rule.go). */
export interface DestinationRule {
  readonly namespace: string;
  readonly exportTo: ReadonlySet<string>;
  readonly selector: Readonly<Record<string, string>> | undefined;
  readonly subsets: readonly Subset[];
  readonly trafficPolicy: JsonObject | undefined;
  /** `namespace/name` of the objects it was made of. */
  readonly from: readonly string[];
}

/** The rule that holds for one client: that of its labels, else the one for all (sidecar.go, DestinationRule). */
export function destinationRuleFor(
  view: IstiodView,
  client: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
  service: Service,
): DestinationRule | undefined {
  let forAll: DestinationRule | undefined;
  for (const rule of rulesFor(view, client.namespace, service)) {
    if (rule.selector === undefined) forAll = rule;
    else if (rule.namespace === client.namespace && selects(rule.selector, client.labels)) return rule;
  }
  return forAll;
}

/** The rules that clients of a namespace may be subject to for a service (push_context.go, destinationRule). */
function rulesFor(view: IstiodView, clientNamespace: string, service: Service): readonly DestinationRule[] {
  const { found } = ruleIndex(view);
  const key = `${clientNamespace}\n${service.namespace}\n${service.host}`;
  return remember(found, key, () => search(view, clientNamespace, service));
}

type RuleTable = { readonly exact: Map<string, DestinationRule[]>; readonly wildcard: Map<string, DestinationRule[]> };

interface RuleIndex {
  /** Rules that hold for the proxies of their own namespace. */
  readonly local: Map<string, RuleTable>;
  /** Rules that other namespaces see, by the namespace that they are in. */
  readonly exported: Map<string, RuleTable>;
  /** Private rules of the root namespace, for proxies in it. */
  readonly rootLocal: RuleTable;
  /** Answers so far, by client namespace, service namespace and host. */
  readonly found: Map<string, readonly DestinationRule[]>;
}

const ruleIndex = oncePer((view: IstiodView): RuleIndex => {
  const { istiod, config } = view;
  const index: RuleIndex = { local: new Map(), exported: new Map(), rootLocal: emptyTable(), found: new Map() };
  const exportedByDefault = textsOf(istiod.meshConfig.defaultDestinationRuleExportTo);
  const byExportTo = parseGoBool(setting(istiod, 'ENABLE_ENHANCED_DESTINATIONRULE_MERGE', '')) ?? true;
  const ordered = [...config.destinationRules].sort(compareByAge);
  const hasSelector = (object: KubeObject): boolean => selectorOf(fieldsOf(object.spec)) !== undefined;
  for (const object of [...ordered.filter(hasSelector), ...ordered.filter((rule) => !hasSelector(rule))]) {
    const rule = { ...readRule(object), byExportTo };
    const host = fullHostName(textOf(fieldsOf(object.spec).host), rule.namespace, istiod.domain);
    if (isForOwnNamespace(rule)) addRule(remember(index.local, rule.namespace, emptyTable), host, rule);
    if (!isPrivate(rule, exportedByDefault)) addRule(remember(index.exported, rule.namespace, emptyTable), host, rule);
    else if (rule.namespace === rootNamespaceOf(istiod)) addRule(index.rootLocal, host, rule);
  }
  return index;
});

function emptyTable(): RuleTable {
  return { exact: new Map(), wildcard: new Map() };
}

function selectorOf(spec: JsonObject): Readonly<Record<string, string>> | undefined {
  return isJsonObject(spec.workloadSelector) ? stringsOf(spec.workloadSelector.matchLabels) : undefined;
}

function readRule(object: KubeObject): DestinationRule {
  const spec = fieldsOf(object.spec);
  const selector = selectorOf(spec);
  return {
    namespace: namespaceOf(object),
    // Rules with a workload selector are private, and their exportTo does not count.
    exportTo: new Set(selector === undefined ? textsOf(spec.exportTo) : ['.']),
    selector,
    subsets: objectsOf(spec.subsets).map((subset) => ({
      name: textOf(subset.name),
      labels: stringsOf(subset.labels),
      trafficPolicy: policyOf(subset),
    })),
    trafficPolicy: policyOf(spec),
    from: [`${namespaceOf(object)}/${object.metadata.name}`],
  };
}

function policyOf(spec: JsonObject): JsonObject | undefined {
  return isJsonObject(spec.trafficPolicy) ? spec.trafficPolicy : undefined;
}

function isForOwnNamespace({ exportTo, namespace }: DestinationRule): boolean {
  return exportTo.size === 0 || exportTo.has('*') || exportTo.has('.') || exportTo.has(namespace);
}

/** Only the last rule of the list decides whether the new one stands on its own as well, as upstream has it. */
function addRule(table: RuleTable, host: string, added: DestinationRule & { readonly byExportTo: boolean }): void {
  const { byExportTo, ...rule } = added;
  const hosts = isWildcard(host) ? table.wildcard : table.exact;
  let append = true;
  const rules = (hosts.get(host) ?? []).map((existing) => {
    const how = relation(existing, rule, byExportTo);
    append = how !== 'merge';
    return how === 'apart' ? existing : merged(existing, rule);
  });
  hosts.set(host, append ? [...rules, rule] : rules);
}

/** What a new rule does to one that is there already for the same host. */
function relation(
  existing: DestinationRule,
  added: DestinationRule,
  byExportTo: boolean,
): 'apart' | 'merge' | 'merge and append' {
  const same = existing.exportTo.size === added.exportTo.size && isSuperset(added.exportTo, existing.exportTo);
  if (byExportTo && !same && !(existing.exportTo.size > 0 && isSuperset(added.exportTo, existing.exportTo))) {
    return 'apart';
  }
  if (existing.selector === undefined && added.selector === undefined) return 'merge';
  if (existing.selector !== undefined && added.selector !== undefined) {
    return sameLabels(existing.selector, added.selector) ? 'merge' : 'apart';
  }
  return byExportTo && same ? 'merge' : 'merge and append';
}

function isSuperset(set: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return [...other].every((item) => set.has(item));
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return Object.keys(a).length === Object.keys(b).length && selects(a, b);
}

function merged(existing: DestinationRule, added: DestinationRule): DestinationRule {
  const known = new Set(existing.subsets.map((subset) => subset.name));
  return {
    ...existing,
    subsets: [...existing.subsets, ...added.subsets.filter((subset) => !known.has(subset.name))],
    trafficPolicy: existing.trafficPolicy ?? added.trafficPolicy,
    from: [...existing.from, ...added.from],
  };
}

function isPrivate(rule: DestinationRule, exportedByDefault: readonly string[]): boolean {
  if (rule.exportTo.size === 0) return exportedByDefault.includes('.');
  return rule.exportTo.size === 1 && (rule.exportTo.has('.') || rule.exportTo.has(rule.namespace));
}

function search(view: IstiodView, clientNamespace: string, service: Service): readonly DestinationRule[] {
  const index = ruleIndex(view);
  const root = rootNamespaceOf(view.istiod);
  const own = clientNamespace === root ? index.rootLocal : index.local.get(clientNamespace);
  const ownRules = lookUp(service.host, own);
  if (ownRules !== undefined) return ownRules;
  const ofService = exportedRules(service.host, index.exported.get(service.namespace), clientNamespace);
  if (ofService.length > 0) return ofService;
  return exportedRules(service.host, index.exported.get(root), clientNamespace);
}

function lookUp(host: string, table: HostTable<DestinationRule[]> | undefined): readonly DestinationRule[] | undefined {
  return table === undefined ? undefined : mostSpecific(host, table);
}

function exportedRules(
  host: string,
  table: RuleTable | undefined,
  clientNamespace: string,
): readonly DestinationRule[] {
  return (lookUp(host, table) ?? []).filter(
    ({ exportTo }) => exportTo.size === 0 || exportTo.has('*') || exportTo.has(clientNamespace),
  );
}

/** `DestinationRule shop/reviews`, or several, for explanations. */
export function describeRule(rule: DestinationRule): string {
  return `DestinationRule ${rule.from.join(' and ')}`;
}
