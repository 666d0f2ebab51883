import type { MeshWideService, ServiceReport } from '../../report/service.ts';
import { quantileText } from '../shell/quantile.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';

export interface ServiceTextOptions {
  readonly color: boolean;
  /** `Wide` adds where requests go. Default `Narrow`. */
  readonly columns?: 'Narrow' | 'Wide';
}

const states = { Yes: 'Ready', No: 'NotReady', Unknown: 'Unknown' } as const;

/** A line for each service, then what is wrong or not known. */
export function servicesText(report: ServiceReport, options: ServiceTextOptions): string {
  const { services } = report;
  const isWide = options.columns === 'Wide';
  const rows = services.map((service) => [
    nameOf(service),
    servedBy(service),
    policyOf(service),
    states[service.verdict],
    ...(isWide ? [sharesByCluster(service)] : []),
  ]);
  const header = ['SERVICE', 'SERVED BY', 'POLICY', 'STATE', ...(isWide ? ['PREDICTED'] : [])];
  const lines =
    services.length === 0
      ? ['no service that applications call']
      : [table([header, ...rows], isWide ? { width: Number.POSITIVE_INFINITY } : {})];
  const problems = services.flatMap((service) => problemsOf(service).map((why) => `${nameOf(service)}: ${why}`));
  return `${[...lines, ...marked(problems, options), ...unreadLines(report, options)].join('\n')}\n`;
}

/** One service, or the few of one name, on a screen. */
export function serviceText(report: ServiceReport, options: ServiceTextOptions): string {
  const blocks = report.services.map((service) => oneService(service, options).join('\n')).join('\n\n');
  return `${[blocks, ...unreadLines(report, options)].join('\n')}\n`;
}

/** One line for each service, as `service show` takes it. */
export function namesText({ services }: ServiceReport): string {
  return services.map((service) => `${nameOf(service)}\n`).join('');
}

function oneService(service: MeshWideService, options: ServiceTextOptions): readonly string[] {
  const { host, type, ports, clusters, policies, rules, flows, verdict } = service;
  const portText = ports
    .map(({ port, protocol }) => (protocol === '' ? `${port}` : `${port} (${protocol})`))
    .join(', ');
  return [
    `${paint(host, 'bold', options.color)}: ${states[verdict]}`,
    table([
      ...(type === 'Service' ? [] : [['type', type]]),
      ['ports', portText || 'none'],
      ['declared in', clusters.join(', ') || 'no cluster'],
      ['endpoints', endpointsText(service)],
    ]),
    ...(policies.length === 0 ? [] : ['', table([['POLICY', 'ASKS FOR', 'EFFECT'], ...policies.map(policyRow)])]),
    ...(rules.length === 0 ? [] : ['', table([['RULE IN FORCE', 'OF', 'DOES'], ...rules.map(ruleRow)])]),
    ...(flows.length === 0
      ? ['', 'no pod of the mesh calls it through a sidecar']
      : ['', table([['FROM', 'PORT', 'PREDICTED'], ...flows.map(flowRow)])]),
    ...measuredLines(service),
    ...marked(problemsOf(service), options),
  ];
}

function nameOf({ name, namespace, host, type }: MeshWideService): string {
  return type === 'ServiceEntry' ? host : `${name}.${namespace}`;
}

function servedBy({ endpoints }: MeshWideService): string {
  return Object.keys(endpoints).toSorted().join(', ') || 'nobody';
}

function endpointsText({ endpoints }: MeshWideService): string {
  const counts = Object.entries(endpoints).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return counts.map(([cluster, count]) => `${cluster} ${count}`).join(', ') || 'none ready';
}

function policyOf({ policies, rules }: MeshWideService): string {
  const asked = policies.map(({ policy }) => policy).join('; ');
  const others = rules.filter(({ owner }) => owner === 'Other').length;
  const theirs = others === 0 ? '' : `${others} rule${others === 1 ? '' : 's'} of others`;
  return [asked, theirs].filter((text) => text !== '').join('; ') || '-';
}

function policyRow({ namespace, name, policy, clusters }: MeshWideService['policies'][number]): readonly string[] {
  const where = (effect: 'No' | 'Unknown' | 'Unused'): readonly string[] =>
    clusters.filter(({ inEffect }) => inEffect === effect).map(({ cluster }) => cluster);
  const parts = [
    ['not in effect in', where('No')] as const,
    ['not known in', where('Unknown')] as const,
    ['no callers in', where('Unused')] as const,
  ].flatMap(([words, names]) => (names.length === 0 ? [] : [`${words} ${names.join(', ')}`]));
  return [`${namespace}/${name}`, policy, parts.join('; ') || 'in effect'];
}

const kinds = { DestinationRule: 'DR', VirtualService: 'VS' } as const;

function ruleRow({ kind, object, owner, says }: MeshWideService['rules'][number]): readonly string[] {
  return [`${kinds[kind]} ${object}`, owner === 'Isthmus' ? 'the mesh' : 'others', says];
}

function flowRow(flow: MeshWideService['flows'][number]): readonly string[] {
  const route = flow.route === null ? '' : ` ${flow.route}`;
  return [flow.from, `${flow.port}${route}`, flowText(flow)];
}

/** Of all ports together: a sidecar counts by endpoint. */
function measuredLines({ measured }: MeshWideService): readonly string[] {
  if (measured === undefined) return [];
  if (measured.length === 0) return ['', 'no sidecar sent a request to it while it was measured'];
  const rows = measured.flatMap(({ from, requests, failed, shares, latency }) => {
    const answering = [...new Set([...Object.keys(shares), ...latency.map(({ to }) => to)])];
    const lines = answering.map((cluster) => {
      const share = shares[cluster];
      const took = latency.find(({ to }) => to === cluster);
      return [
        cluster,
        share === undefined ? '-' : percent(share),
        took === undefined ? '-' : quantileText(took.p50),
        took === undefined ? '-' : quantileText(took.p99),
      ];
    });
    const [first = ['-', '-', '-', '-'], ...others] = lines;
    return [[from, `${requests}`, `${failed}`, ...first], ...others.map((line) => ['', '', '', ...line])];
  });
  return ['', table([['FROM', 'REQUESTS', 'FAILED', 'TO', 'MEASURED', 'P50', 'P99'], ...rows])];
}

function flowText({ outcome, shares, lost }: MeshWideService['flows'][number]): string {
  if (outcome === 'Unknown') return 'not known';
  const parts = Object.entries(shares).map(([cluster, share]) => `${cluster} ${percent(share)}`);
  return [...parts, ...(lost > 0.01 ? [`lost ${percent(lost)}`] : [])].join(', ');
}

function percent(share: number): string {
  return `${Math.round(share * 10) / 10}%`;
}

/** `west: west 90%, east 10%`; ports that differ stand apart. */
function sharesByCluster({ flows }: MeshWideService): string {
  const byCluster = Map.groupBy(flows, ({ from }) => from);
  const texts = [...byCluster].map(([from, found]) => {
    const distinct = [...new Set(found.map(flowText))];
    return `from ${from}: ${distinct.join(' or ')}`;
  });
  return texts.join('; ') || '-';
}

function problemsOf({ flows, policies, endpoints }: MeshWideService): readonly string[] {
  const unmet = policies.flatMap(({ namespace, name, clusters }) =>
    clusters
      .filter(({ inEffect }) => inEffect === 'No' || inEffect === 'Unknown')
      .flatMap(({ cluster, reasons }) =>
        reasons.map((why) => `MeshService ${namespace}/${name} in ${cluster}: ${why}`),
      ),
  );
  // What is lost where a MeshService is not in effect is lost for that.
  if (unmet.length > 0) return [...new Set(unmet)];
  const lost = Object.keys(endpoints).length === 0 ? [] : flows.filter(({ outcome }) => outcome !== 'Answered');
  const why = lost.flatMap(({ from, reasons }) => reasons.map((one) => `from ${from}: ${one.replace(/\.$/, '')}`));
  return [...new Set(why)];
}

function marked(problems: readonly string[], { color }: ServiceTextOptions): readonly string[] {
  return problems.map((problem) => `${paint('!', 'yellow', color)} ${problem}`);
}

function unreadLines({ unread }: ServiceReport, { color }: ServiceTextOptions): readonly string[] {
  return unread.map(({ cluster, reason }) => `${paint('?', 'yellow', color)} ${cluster} was not read whole: ${reason}`);
}
