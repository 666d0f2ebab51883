import type { Finding, FindingCode, Severity } from '../../base/finding.ts';
import { istioNamespace } from '../../istio/names.ts';
import { categoryOf } from '../catalog/categories.ts';
import type { FlowFacts } from '../facts/mesh.ts';
import { firstOf } from '../facts/reading.ts';
import type { Suspect } from './suspect.ts';

/** Reasons for which users leave endpoints out themselves, or which end by themselves: not the mesh's. */
const ofUsers: ReadonlySet<string> = new Set([
  'subset-mismatch',
  'node-local',
  'cluster-local',
  'mcs-not-exported',
  'unhealthy-suppressed',
  'terminating',
  'draining',
  'distributed-away',
]);

/** What keeps requests from being answered and may be what somebody wants: a note of it is enough where nothing else is wrong. */
const perhapsMeant: ReadonlySet<FindingCode> = new Set([
  'answered-by-proxy',
  'name-not-resolved',
  'no-endpoint',
  'no-healthy-endpoint',
  'no-match',
  'none-healthy',
  'policy-denies',
]);

/** What nobody can predict is no fault of the mesh. */
const unreadCodes: ReadonlySet<FindingCode> = new Set(['endpoints-unread', 'objects-unread']);

/** What the model says of lost requests: one finding for each reason, with the flows that are lost for it. */
export function flowSuspects(flows: readonly FlowFacts[]): readonly Suspect[] {
  const all = flows.flatMap((flow) =>
    flow.findings
      .filter(({ code }) => flow.outcome === 'Lost' || unreadCodes.has(code))
      .map((finding) => ({ flow, finding, key: keyOf(flow, finding) })),
  );
  return [...Map.groupBy(all, ({ key }) => key).values()].map((same) =>
    suspectIn(
      same.map(({ flow }) => flow),
      same.map(({ finding }) => finding),
    ),
  );
}

/** Flows that are lost at one place for one reason; of a service that nobody serves, wherever it is called. */
function keyOf({ excluded }: FlowFacts, { code, cluster = '', message }: Finding): string {
  // A policy denies whatever endpoints its callers lack besides.
  if (code === 'policy-denies') return [code, cluster, ...policiesIn(message)].join('|');
  const reasons = new Set(excluded.map((one) => `${one.cluster} ${one.reason}`));
  const place = code === 'no-endpoint' && reasons.size === 0 ? 'everywhere' : cluster;
  return [code, place, ...[...reasons].toSorted()].join('|');
}

function policiesIn(message: string): readonly string[] {
  return [...message.matchAll(/AuthorizationPolicy (\S+)/g)].map(([, name = '']) => name);
}

function suspectIn(flows: readonly FlowFacts[], findings: readonly Finding[]): Suspect {
  const [first] = findings;
  if (first === undefined) throw new TypeError('a group has a finding');
  const messages = [...new Set(findings.map(({ message }) => message))];
  const more = messages.length > 1 ? ` (and ${messages.length - 1} more like it)` : '';
  const callers = new Set(flows.map(({ from }) => from));
  const excluded = flows.flatMap((flow) => flow.excluded);
  const reached = first.cluster !== undefined && !callers.has(first.cluster) ? [first.cluster] : [];
  const hosts = new Set(flows.map(({ host, port }) => `${host}:${port}`));
  const { cluster, ...rest } = first;
  const isOfOne = findings.every((one) => one.cluster === cluster);
  const source = `prediction for callers in ${firstOf([...callers])}`;
  return {
    finding: {
      ...rest,
      ...(isOfOne && cluster !== undefined ? { cluster } : {}),
      severity: severityOf(first, excluded),
      category: first.category ?? categoryOf(first.code),
      confidence: first.confidence ?? 'Inferred',
      message: `${first.message}${more}`,
      evidence: [...(first.evidence ?? []), { fact: `lost: requests to ${firstOf([...hosts])}`, source }],
    },
    callers,
    servers: new Set([...reached, ...excluded.map(({ cluster }) => cluster)]),
    hosts: new Set(flows.map(({ host }) => host)),
    flows: new Set(flows.filter(({ outcome }) => outcome === 'Lost').map(flowKey)),
  };
}

export function flowKey({ from, host, port }: Pick<FlowFacts, 'from' | 'host' | 'port'>): string {
  return `${from} ${host}:${port}`;
}

/** A policy of the namespace that holds for the whole mesh. */
const ofWholeMesh = `AuthorizationPolicy ${istioNamespace}/`;

function severityOf({ code, severity, message }: Finding, excluded: FlowFacts['excluded']): Severity {
  if (!perhapsMeant.has(code) || message.includes(ofWholeMesh)) return severity;
  return excluded.some(({ reason }) => !ofUsers.has(reason)) ? severity : 'warning';
}
