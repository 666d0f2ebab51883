import type { GatewayPassage } from '../../discovery/endpoints/east-west.ts';
import type { EffectiveEndpoint, ExcludedEndpoint } from '../../discovery/values/answer.ts';
import { comparisonLines, type LiveComparison } from '../../engine/live-comparison.ts';
import { passagesOf, type Trace, type TracedDestination } from '../../predict/request/trace.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';

export interface TraceTextOptions {
  readonly color: boolean;
  readonly live: LiveComparison | undefined;
  /** The command that asks the real mesh, where there is one to ask. */
  readonly next: string | undefined;
}

/** The way of a request, hop by hop, then what is left out and what it takes for granted. */
export function traceText(trace: Trace, { color, live, next }: TraceTextOptions): string {
  const lines = [
    `${nameOf(trace)} → ${trace.request.host}:${trace.request.port}`,
    ...numbered(hopsOf(trace), color),
    ...excludedLines(trace),
    ...trace.findings.map(
      ({ code, message, share }) => `${paint('✗', 'red', color)} ${percent(share)} ${code}: ${message}`,
    ),
    ...trace.assumptions.map((sentence) => paint(`assumes: ${sentence}`, 'dim', color)),
    verdict(trace, color),
    ...(live === undefined ? [] : comparisonLines(live, color)),
    ...(next === undefined ? [] : [`next: ${next}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function nameOf({ from: { cluster, namespace, workload } }: Trace): string {
  return `${cluster}/${namespace}/${workload}`;
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
      : table(rows)
          .split('\n')
          .map((line) => `    ${line}`)),
  ]);
}

function hopsOf(trace: Trace): readonly Step[] {
  const { from, istiod, resolved, destinations } = trace;
  const network = from.proxy.network === '' ? 'no network' : `network ${from.proxy.network}`;
  const told = istiod === null ? 'told by no istiod' : `told by the istiod of ${istiod}`;
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

function routeSteps({ route, from, destinations }: Trace): readonly Step[] {
  if (route?.outcome !== 'Routed' || route.virtualService === null) return [];
  const rows = destinations.map(({ share, host, port, subset }) => [
    percent(share),
    `${host}:${port}${subset === '' ? '' : ` subset ${subset}`}`,
  ]);
  return [{ where: from.cluster, what: `VirtualService ${route.virtualService}`, rows }];
}

function destinationSteps({ from }: Trace, destination: TracedDestination): readonly Step[] {
  const { envoyCluster, endpoints, effective } = destination;
  const used = effective.filter(({ share }) => share > 0).length;
  const what = `${envoyCluster}: ${used} of ${endpoints.length} endpoints in use`;
  return [{ where: from.cluster, what, rows: effective.map(endpointRow) }, ...passagesOf(destination).map(gatewayStep)];
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

function gatewayStep(passage: GatewayPassage): Step {
  const name = `gateway ${passage.service}`;
  if (passage.outcome === 'Blocked') {
    return { where: passage.cluster, what: `${name} ends it (${passage.code})`, rows: [] };
  }
  const { envoyCluster, effective } = passage.answer;
  return { where: passage.cluster, what: `${name}: ${envoyCluster.name}`, rows: effective.map(endpointRow) };
}

const reasonsShown = 10;

function excludedLines({ destinations }: Trace): readonly string[] {
  const excluded = destinations.flatMap((destination) => destination.excluded);
  const shown = excluded.slice(0, reasonsShown).map(excludedLine);
  const more = excluded.length - shown.length;
  return more > 0 ? [...shown, `- … ${more} more, see -o json`] : shown;
}

function excludedLine({ address, cluster, reason, explanation }: ExcludedEndpoint): string {
  return `- left out of ${cluster} (${reason}): ${explanation.startsWith(address) ? '' : `${address}: `}${explanation}`;
}

function verdict({ delivered, deliveredShare, assumptions }: Trace, color: boolean): string {
  const basis = `${assumptions.length} assumptions`;
  if (delivered) return `${paint('✓ delivered', 'green', color)} · ${basis}`;
  if (deliveredShare === 0) return `${paint('✗ not delivered', 'red', color)} · ${basis}`;
  return `${paint(`! ${percent(deliveredShare)} delivered`, 'yellow', color)} · ${basis}`;
}

/** With one decimal where there is one. */
export function percent(share: number): string {
  return `${Number(share.toFixed(1))}%`;
}
