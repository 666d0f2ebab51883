import type { OperatorChange, OperatorStatus } from '../../report/operator.ts';
import { refText } from '../shell/ref-text.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';

const words = {
  Planned: { Create: 'create', Update: 'change', Delete: 'delete', Keep: 'as it is' },
  Done: { Create: 'created', Update: 'changed', Delete: 'deleted', Keep: 'as it was' },
} as const;

/** What an installation, a removal or a grant does, an object a line; what stays as it is counts only. */
export function changeText(report: OperatorChange): string {
  const {
    operation,
    outcome,
    changes,
    cluster,
    rootFolder,
    notAfter,
    secret,
    tokensLeft = [],
    probesLeft = [],
  } = report;
  const changed = changes.filter(({ action }) => action !== 'Keep');
  const rows = changed.map(({ context, object, action }) => [context, words[outcome][action], refText(object)]);
  const kept = changes.length - changed.length;
  const lines = [
    ...(rows.length === 0 ? [] : [table(rows)]),
    ...(kept === 0 ? [] : [`${kept} ${kept === 1 ? 'object is' : 'objects are'} as wanted`]),
    closing({ operation, outcome, cluster, isChanged: changed.length > 0 }),
    ...(notAfter === undefined ? [] : [tokenText(notAfter, secret === undefined ? 'Kept' : 'Printed')]),
    ...tokensLeft.map(leftText),
    ...probesLeft.map(({ cluster: of, why }) => `A probe may be left in namespace isthmus-probe of ${of}: ${why}.`),
    ...(rootFolder === undefined
      ? []
      : [`The root's key is in ${rootFolder} and nowhere else: keep a copy of the folder offline.`]),
  ];
  return `${lines.join('\n')}\n`;
}

function leftText({ reader, peer, why, notAfter }: NonNullable<OperatorChange['tokensLeft']>[number]): string {
  const end = notAfter === undefined ? 'that ends' : `that ends at ${notAfter}`;
  return `${reader} still reads ${peer} with a token ${end}: ${why}. Run isthmus apply before that, from where both are reached.`;
}

/** An operator renews the kubeconfig that is encrypted for it, and leaves alone what someone else stored. */
function tokenText(notAfter: string, where: 'Kept' | 'Printed'): string {
  if (where === 'Kept') return `Its token ends at ${notAfter}; the operator renews it after half of that time.`;
  return `Its token ends at ${notAfter}, and nobody renews it: run the same command again before that.`;
}

interface Closing {
  readonly operation: OperatorChange['operation'];
  readonly outcome: OperatorChange['outcome'];
  readonly cluster: string | undefined;
  readonly isChanged: boolean;
}

function closing({ operation, outcome, cluster = '', isChanged }: Closing): string {
  if (outcome === 'Planned') return isChanged ? 'Nothing was changed: this is a plan.' : 'There is nothing to change.';
  switch (operation) {
    case 'Install':
      return 'The operator is available. Apply the documents of the mesh in namespace isthmus-system.';
    case 'Uninstall':
      return isChanged ? 'The operator is gone; the mesh runs on as it is.' : 'There is no operator here.';
    case 'Grant':
      return `The operator has its way into ${cluster}. Apply MeshCluster ${cluster} in namespace isthmus-system of the home cluster.`;
  }
}

/** Who leads, then each cluster in one line, and below it every condition that is not as it should be. */
export function statusText(report: OperatorStatus, color: boolean): string {
  const { installed, image, available, wanted, leader, clusters } = report;
  const lines = [
    installed
      ? `operator: ${available} of ${wanted} pods available, ${image ?? 'no image'}`
      : 'operator: not installed',
    leaderText(leader, color),
    ...queueLines(report),
    '',
    clusters.length === 0 ? 'no MeshCluster is in namespace isthmus-system' : clusterTable(clusters),
    ...clusters.flatMap((cluster) => conditionLines(cluster, color)),
  ];
  return `${lines.join('\n')}\n`;
}

function leaderText(leader: OperatorStatus['leader'], color: boolean): string {
  if (leader === null) return `leader: ${paint('nobody', 'red', color)}`;
  const renewed = `${leader.holder}, renewed ${ageText(leader.ageSeconds)} ago`;
  return leader.isExpired ? `leader: ${paint(`nobody since ${renewed}`, 'red', color)}` : `leader: ${renewed}`;
}

/** What the leader has to do; nothing of it where nobody leads. */
function queueLines({ queue, queueUnread }: OperatorStatus): readonly string[] {
  if (queue === null) return queueUnread === undefined ? [] : [`queue: not known: ${queueUnread}`];
  if (queue.length === 0) return ['queue: empty'];
  return queue.map(({ cluster, state, failures, sinceSeconds, nextInSeconds }) => {
    const since = ageText(sinceSeconds);
    const failed = failures === 0 ? '' : `, after ${failures} ${failures === 1 ? 'failure' : 'failures'} in a row`;
    const next = nextInSeconds === undefined ? '' : `, its turn is in ${ageText(nextInSeconds)}`;
    return `queue: ${cluster} ${state === 'Working' ? 'is worked on' : 'waits'} for ${since}${next}${failed}`;
  });
}

type Cluster = OperatorStatus['clusters'][number];

function clusterTable(clusters: readonly Cluster[]): string {
  const header = ['CLUSTER', 'NETWORK', 'STATUS', 'LOOKED AT', 'NOTE'];
  const rows = clusters.map(({ cluster, network, phase, isCurrent, isPaused, conditions }) => {
    const ages = conditions.flatMap(({ ageSeconds }) => ageSeconds ?? []);
    const looked = ages.length === 0 ? '-' : `${ageText(Math.max(...ages))} ago`;
    const notes = [isPaused ? 'paused' : '', isCurrent || phase === null ? '' : 'a newer spec is not yet judged'];
    return [cluster, network, phase ?? '-', looked, notes.filter((note) => note !== '').join(', ')];
  });
  return table([header, ...rows]);
}

function conditionLines({ cluster, conditions }: Cluster, color: boolean): readonly string[] {
  const usual = (type: string): 'True' | 'False' => (type === 'Drifted' ? 'False' : 'True');
  return conditions
    .filter(({ type, status }) => status !== usual(type))
    .map(({ type, status, reason, message, ageSeconds }) => {
      const age = ageSeconds === null ? '' : ` (${ageText(ageSeconds)} ago)`;
      const state = paint(`${type}=${status}`, status === 'Unknown' ? 'yellow' : 'red', color);
      return `${cluster}: ${state} ${reason}: ${message}${age}`;
    });
}

function ageText(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
