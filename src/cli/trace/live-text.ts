import type { LiveComparison, LiveRequest } from '../../report/trace-live.ts';
import { paint } from '../shell/terminal.ts';

const verdictTexts = {
  Agrees: 'istiod and Envoy say the same',
  ModelDefect: 'istiod says something else: the prediction is wrong here, please report it with isthmus snapshot',
  EarlierState:
    'istiod sends addresses that no object has: it holds an earlier state until its next event, or a restart, and the prediction shows the state after that',
  ClusterUnread: 'istiod reads a cluster that was not read for the prediction',
  StaleProxy: 'istiod says the same, but Envoy has other hosts: the proxy is stale',
  NotKnown: 'not all could be asked, see the notes',
} as const;

/** The comparison with the real mesh as lines. */
export function comparisonLines({ destinations, request, notes }: LiveComparison, color: boolean): readonly string[] {
  const lines = destinations.flatMap(({ envoyCluster, verdict, differences, ejected }) => [
    `${paint('live', 'bold', color)} ${envoyCluster}: ${verdictTexts[verdict]}`,
    ...differences.map(
      ({ at, address, predicted, actual }) =>
        `  ${at} ${address}: predicted ${predicted ?? 'none'}; actual ${actual ?? 'none'}`,
    ),
    ...ejected.map((address) => `  envoy ${address}: ejected by outlier detection`),
  ]);
  const sent = request === null ? [] : requestLines(request, color);
  return [...lines, ...sent, ...notes.map((note) => paint(`note: ${note}`, 'dim', color))];
}

const requestTexts = {
  AsPredicted: 'as predicted',
  Elsewhere: 'which is not among the endpoints that were predicted',
  NotAnswered: 'though the prediction says that it is delivered',
  Answered: 'though the prediction says that it is not delivered',
} as const;

/** The request as lines of the text output. */
export function requestLines(request: LiveRequest, color: boolean): readonly string[] {
  const { id, method, url, sent, status, answered, message, verdict, silent } = request;
  const outcome = status === null ? `no answer (${message})` : `${status}${answered ? '' : ' by Envoy itself'}`;
  const hue = verdict === 'AsPredicted' ? 'green' : 'red';
  return [
    `${paint('sent', 'bold', color)} ${method} ${url}${sent > 1 ? ` ${sent} times` : ''}: ${outcome}, ${whereText(request)}${paint(requestTexts[verdict], hue, color)}`,
    ...silent.map(({ address }) => `  ${address} has not answered`),
    paint(`  x-request-id ${id}`, 'dim', color),
  ];
}

function whereText({ hosts }: LiveRequest): string {
  if (hosts === null || hosts.length === 0) return '';
  const [first] = hosts;
  if (hosts.length === 1 && first !== undefined) return `via ${first.address}, `;
  return `via ${hosts.map(({ address, requests }) => `${address} (${requests})`).join(' and ')}, `;
}
