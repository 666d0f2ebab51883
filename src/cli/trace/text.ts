import type {
  EffectiveEndpoint,
  ExcludedEndpoint,
  Trace,
  TracedDestination,
  TracedGateway,
  TraceFinding,
} from '../../report/trace.ts';
import { findingLines } from '../shell/finding-text.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';
import { comparisonLines } from './live-text.ts';

export interface TraceTextOptions {
  readonly color: boolean;
  /** The flags that name the mesh again. */
  readonly source: string;
  /** The command that asks the real mesh, where there is one to ask. */
  readonly next: string | undefined;
  /** Left out, assumptions are counted. */
  readonly lists?: 'Assumptions' | undefined;
}

/** The way of a request, hop by hop, then what is left out and what it takes for granted. */
export function traceText(trace: Trace, { color, source, next, lists }: TraceTextOptions): string {
  const lines = [
    `${nameOf(trace)} → ${askedFor(trace)}`,
    ...numbered(hopsOf(trace), color),
    ...excludedLines(trace),
    ...trace.findings.flatMap((finding) =>
      findingLines(finding, `${mark(finding, color)} ${percent(finding.share)}`, { source }),
    ),
    ...(lists === undefined ? [] : assumptionLines(trace, color)),
    verdict(trace, { color, lists }),
    ...(trace.live === undefined ? [] : comparisonLines(trace.live, color)),
    ...(next === undefined ? [] : [`next: ${next}`]),
  ];
  return `${lines.join('\n')}\n`;
}

export function assumptionLines({ assumptions }: Pick<Trace, 'assumptions'>, color: boolean): readonly string[] {
  return assumptions.map((sentence) => paint(`assumes: ${sentence}`, 'dim', color));
}

/** How many they are, and how to see them where they are not listed. */
export function assumptionCount(
  { assumptions: { length } }: Pick<Trace, 'assumptions'>,
  lists?: 'Assumptions',
): string {
  const count = `${length} ${length === 1 ? 'assumption' : 'assumptions'}`;
  return lists === undefined && length > 0 ? `${count} (--assumptions lists them)` : count;
}

function mark({ severity }: TraceFinding, color: boolean): string {
  return severity === 'warning' ? paint('?', 'yellow', color) : paint('✗', 'red', color);
}

function nameOf({ from: { cluster, namespace, workload } }: Trace): string {
  return `${cluster}/${namespace}/${workload}`;
}

/** Routes for HTTP are chosen by more than host and port: then the line names that too. */
function askedFor({ request: { host, port, method, path }, virtualService, findings }: Trace): string {
  const isChosen = virtualService !== null || findings.some(({ code }) => code === 'no-match');
  return `${host}:${port}${isChosen || method !== 'GET' || path !== '/' ? ` (${method} ${path})` : ''}`;
}

/** A step of the way: in which cluster, what, and details in columns below. */
interface Step {
  readonly where: string;
  readonly what: string;
  readonly rows: readonly (readonly string[])[];
}

function numbered(steps: readonly Step[], color: boolean): readonly string[] {
  const width = Math.max(...steps.map(({ where }) => where.length), 0);
  return steps.flatMap(({ where, what, rows }, index) => [
    `${paint(String(index + 1), 'bold', color)} ${where.padEnd(width)}  ${what}`,
    ...(rows.length === 0
      ? []
      : table(rows, { width: 76 })
          .split('\n')
          .map((line) => `    ${line}`)),
  ]);
}

function hopsOf(trace: Trace): readonly Step[] {
  const { from, istiod, resolved, destinations } = trace;
  const network = from.network === '' ? 'no network' : `network ${from.network}`;
  const told = istiod === null ? 'configured by no istiod' : `configured by istiod in ${istiod}`;
  const caller = { where: from.cluster, what: `Pod ${from.namespace}/${from.pod}, ${network}, ${told}`, rows: [] };
  const name = { where: from.cluster, what: `${resolved.host} ${resolutionText(trace)}`, rows: [] };
  return [caller, name, ...routeSteps(trace), ...destinations.flatMap((one) => destinationSteps(trace, one))];
}

function resolutionText({ resolved, from }: Trace): string {
  switch (resolved.by) {
    case 'Service':
      return `is a Service of ${from.cluster}`;
    case 'Sidecar':
      return 'is resolved by the sidecar';
    case 'Outside':
      return 'is resolved outside the mesh';
    case 'None':
      return 'does not resolve';
  }
}

function routeSteps({ virtualService, from, destinations }: Trace): readonly Step[] {
  if (virtualService === null) return [];
  const rows = destinations.map(({ share, host, port, subset }) => [
    percent(share),
    `${host}:${port}${subset === '' ? '' : ` subset ${subset}`}`,
  ]);
  return [{ where: from.cluster, what: `VirtualService ${virtualService}`, rows }];
}

function destinationSteps({ from }: Trace, destination: TracedDestination): readonly Step[] {
  const { envoyCluster, endpoints, effective, gateways } = destination;
  const used = effective.filter(({ share }) => share > 0).length;
  const isOpen = destination.verdict === 'NotJudged' && endpoints.length === 0;
  const what = `${envoyCluster}: ${isOpen ? 'its hosts are not modelled' : `${used} of ${endpoints.length} endpoints in use`}`;
  return [{ where: from.cluster, what, rows: effective.map(endpointRow) }, ...gateways.map(gatewayStep)];
}

function endpointRow({
  share,
  address,
  cluster,
  via,
  mtls,
  health,
  locality,
  priority,
}: EffectiveEndpoint): readonly string[] {
  return [
    percent(share).padStart(6),
    address,
    cluster,
    via,
    mtls ? 'mTLS' : 'plaintext',
    `priority ${priority}`,
    locality,
    health === 'HEALTHY' ? '' : health,
  ];
}

function gatewayStep({ cluster, service, envoyCluster, effective, problem }: TracedGateway): Step {
  const name = `gateway ${service}`;
  if (problem !== null) return { where: cluster, what: `${name} ends it (${problem.code})`, rows: [] };
  return { where: cluster, what: `${name}: ${envoyCluster ?? ''}`, rows: effective.map(endpointRow) };
}

const reasonsShown = 10;

function excludedLines({ destinations }: Trace): readonly string[] {
  const excluded = destinations.flatMap((destination) => destination.excluded);
  const shown = excluded.slice(0, reasonsShown).map(excludedLine);
  const more = excluded.length - shown.length;
  return more > 0 ? [...shown, `- … ${more} more, see -o json`] : shown;
}

function excludedLine({ address, cluster, reason, message }: ExcludedEndpoint): string {
  return `- left out of ${cluster} (${reason}): ${message.startsWith(address) ? '' : `${address}: `}${message}`;
}

function verdict(
  { verdict: found, deliveredShare, notJudgedShare, assumptions }: Trace,
  { color, lists }: Pick<TraceTextOptions, 'color' | 'lists'>,
): string {
  const basis = assumptionCount({ assumptions }, lists);
  if (found === 'NotJudged') {
    const part = deliveredShare === 0 ? '' : `${percent(notJudgedShare)} `;
    return `${paint(`? ${part}not judged`, 'yellow', color)} · ${basis}`;
  }
  if (found === 'Delivered') return `${paint('✓ delivered', 'green', color)} · ${basis}`;
  if (deliveredShare === 0) return `${paint('✗ not delivered', 'red', color)} · ${basis}`;
  return `${paint(`! ${percent(deliveredShare)} delivered`, 'yellow', color)} · ${basis}`;
}

/** With one decimal where there is one. */
export function percent(share: number): string {
  return `${Number(share.toFixed(1))}%`;
}
