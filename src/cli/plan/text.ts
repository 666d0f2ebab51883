import { driftText } from '../../base/drifted-field.ts';
import {
  type ClusterPlan,
  type PlannedChange,
  type PlannedCluster,
  type PlanReport,
  stages,
} from '../../report/plan.ts';
import { renderFailure } from '../shell/failure.ts';
import { refText } from '../shell/ref-text.ts';
import { stageNames } from '../shell/stage-names.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';
import { fieldLines, type ValueLength } from './field-text.ts';
import { keptLines } from './kept-text.ts';
import { trafficLines } from './traffic-text.ts';

export interface PlanTextOptions {
  /** What follows `isthmus apply` to carry the plan out. */
  readonly apply: string;
  /** The flags that name the mesh again. */
  readonly source: string;
  readonly color: boolean;
  /** Whether long values and texts are cut, or whole. Default `Cut`. */
  readonly values?: ValueLength;
}

/** A plan for people: the clusters at a glance, then each change with its fields, then what it comes to. */
export function planText(plan: PlanReport, options: PlanTextOptions): string {
  const sections = [
    [`mesh ${plan.mesh}, ${istioText(plan)}`, table(plan.clusters.map(overviewRow))],
    ...plan.clusters.map((cluster) => clusterLines(cluster, options)),
    trafficLines(plan.traffic, options),
    summaryLines(plan, options),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** `Istio 1.31, 1.30 in east` */
function istioText({ istio, otherIstios = [] }: PlanReport): string {
  return [`Istio ${istio}`, ...otherIstios.map(({ cluster, version }) => `${version} in ${cluster}`)].join(', ');
}

function overviewRow(cluster: ClusterPlan): readonly string[] {
  switch (cluster.outcome) {
    case 'Planned': {
      const { totals } = cluster;
      return [
        `  ${cluster.cluster}`,
        cluster.server,
        `+${totals.create}`,
        `~${totals.change}`,
        `-${totals.delete}`,
        `${cluster.unchanged} unchanged`,
      ];
    }
    case 'Failed':
      return [`  ${cluster.cluster}`, 'not planned: its error is below'];
    case 'Left':
      return [`  ${cluster.cluster}`, 'left as it is (not among --clusters)'];
  }
}

function clusterLines(cluster: ClusterPlan, options: PlanTextOptions): readonly string[] {
  const { color, source } = options;
  if (cluster.outcome === 'Left') return [];
  const title = paint(cluster.cluster, 'bold', color);
  if (cluster.outcome === 'Failed')
    return [title, indented(renderFailure(cluster.error, { color, source }).trimEnd(), 2)];
  const lines = [
    ...cluster.notices.map((notice) => `  ${paint(notice, 'yellow', color)}`),
    ...stages.flatMap((stage) => stageLines(stage, cluster, options)),
    ...lastLines(cluster, options),
    ...restLines(cluster, color),
  ];
  return lines.length === 0 ? [] : [title, ...lines];
}

function stageLines(
  stage: PlannedChange['stage'],
  { changes, barriers }: PlannedCluster,
  shown: ChangeStyle,
): readonly string[] {
  const { color } = shown;
  const now = changes.filter((change) => change.stage === stage && !isLast(change));
  if (now.length === 0) return [];
  const waits = (when: 'Before' | 'After'): readonly string[] =>
    barriers
      .filter((barrier) => barrier.stage === stage && barrier.when === when)
      .map(({ awaits }) => `    ${paint(`waits: ${awaits}`, 'dim', color)}`);
  return [
    `  ${stageNames[stage]}`,
    ...waits('Before'),
    ...now.flatMap((change) => changeLines(change, shown)),
    ...waits('After'),
  ];
}

/** What happens after everything else was applied. */
function isLast({ action }: PlannedChange): boolean {
  return action === 'Release' || action === 'Delete';
}

function lastLines({ changes, guard }: PlannedCluster, shown: ChangeStyle): readonly string[] {
  const { color } = shown;
  const of = (action: PlannedChange['action']): readonly string[] =>
    changes.filter((change) => change.action === action).flatMap((change) => changeLines(change, shown));
  const [releases, deletions] = [of('Release'), of('Delete')];
  return [
    ...(releases.length === 0 ? [] : ['  given back to their owners', ...releases]),
    ...(deletions.length === 0
      ? []
      : [`  ${paint('DELETED, after everything else', 'red', color)}`, ...deletions, `    ${guardText(guard, color)}`]),
  ];
}

function guardText({ deletions, inventory, limit, halved, verdict }: PlannedCluster['guard'], color: boolean): string {
  const share = `${deletions} to delete of ${inventory} objects`;
  switch (verdict) {
    case 'Allowed':
      return `${share}: within the limit of ${limit}`;
    case 'OverLimit':
      return paint(`${share}: over the limit of ${limit}, so an apply refuses`, 'red', color);
    case 'KindHalved': {
      const kinds = halved.map((one) => `${one.deletions} of ${one.inventory} ${one.kind}s`).join(', ');
      return paint(`${share}, ${kinds} among them, so an apply refuses`, 'red', color);
    }
    case 'Everything':
      return paint(`${share}: nothing would be left, which an apply always refuses`, 'red', color);
  }
}

function restLines({ respected, kept }: PlannedCluster, color: boolean): readonly string[] {
  const left = respected.map(({ ref, drift }) => `    ${refText(ref)}: ${driftText(drift)}`);
  const stay = keptLines(kept).map((line) => `    ${line}`);
  return [
    ...(left.length === 0 ? [] : ['  respected: left to those who changed it (spec.drift: Respect)', ...left]),
    ...(stay.length === 0 ? [] : [`  ${paint('no longer declared, and kept', 'yellow', color)}`, ...stay]),
  ];
}

const signs = {
  Create: { sign: '+', hue: 'green' },
  Update: { sign: '~', hue: 'yellow' },
  Release: { sign: '~', hue: 'yellow' },
  Delete: { sign: '-', hue: 'red' },
} as const;

const selfEvident = 'it does not exist';

type ChangeStyle = Pick<PlanTextOptions, 'color' | 'source' | 'values'>;

function changeLines(change: PlannedChange, { color, source, values = 'Cut' }: ChangeStyle): readonly string[] {
  const { action, ref, reason, drift, fields, loss, error } = change;
  const { sign, hue } = signs[action];
  const why = reason === selfEvident ? '' : `: ${reason}`;
  const taken = drift.length > 0 && !reason.startsWith(driftText(drift)) ? [`restores: ${driftText(drift)}`] : [];
  const same = action === 'Update' && fields.length === 0 ? ['no value changes; the fields become ours again'] : [];
  return [
    `    ${paint(`${sign} ${refText(ref)}`, hue, color)}${why}`,
    ...(loss === undefined ? [] : [`        ${paint(loss, 'red', color)}`]),
    ...(error === undefined ? [] : [indented(renderFailure(error, { color, source }).trimEnd(), 8)]),
    ...[...taken, ...same].map((line) => `        ${line}`),
    ...fields.flatMap((field) => fieldLines(field, values).map((line) => `        ${line}`)),
  ];
}

function summaryLines(plan: PlanReport, options: PlanTextOptions): readonly string[] {
  const { totals } = plan;
  const { color } = options;
  const planned = plan.clusters.flatMap((cluster) => (cluster.outcome === 'Planned' ? [cluster] : []));
  const missing = plan.clusters.some(({ outcome }) => outcome === 'Failed');
  const count = totals.create + totals.change + totals.delete;
  if (count === 0) {
    const what = missing
      ? 'the clusters that could be planned are as declared'
      : 'nothing to do: the clusters are as declared';
    return [`plan: ${what}`];
  }
  const deletions = `${totals.delete} to delete`;
  const refused = planned.flatMap(({ changes }) => changes.filter(({ error }) => error !== undefined)).length;
  return [
    `plan: ${totals.create} to create, ${totals.change} to change, ${totals.delete === 0 ? deletions : paint(deletions, 'red', color)}; nothing was written`,
    ...(refused === 0 ? [] : [paint(`${refused} of them would be refused: see the errors above`, 'red', color)]),
    `next: ${refused === 0 ? nextAfter(planned, options) : `mend what would be refused, then isthmus plan ${options.source}`}`,
  ];
}

/** An apply where it would not be refused; a guard is there to have somebody look, and no text hands over what turns it off. */
function nextAfter(planned: readonly PlannedCluster[], { apply, source }: PlanTextOptions): string {
  const verdicts = planned.map(({ guard }) => guard.verdict);
  if (verdicts.includes('Everything')) {
    return `isthmus leave CLUSTER ${source} takes the mesh out of one cluster, isthmus uninstall ${source} out of all`;
  }
  if (!verdicts.includes('OverLimit') && !verdicts.includes('KindHalved')) return `isthmus apply ${apply}`;
  return `put back into the mesh file what it should not have lost; a cluster is taken out with isthmus leave CLUSTER ${source} while the file still declares it`;
}

function indented(text: string, by: number): string {
  const space = ' '.repeat(by);
  return text
    .split('\n')
    .map((line) => `${space}${line}`)
    .join('\n');
}
