import { removalStages } from '../../report/object-ref.ts';
import type { PlannedRemoval, UninstallPlan } from '../../report/uninstall.ts';
import { renderFailure } from '../shell/failure.ts';
import { refsText } from '../shell/ref-text.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';
import { removalStageNames } from './stage-names.ts';

/** What a removal would take away, as a tree: clusters, stages, namespaces with what dies in them. */
export function removalPlanText(plan: UninstallPlan, { color }: { readonly color: boolean }): string {
  const clusters = plan.clusters.flatMap((part) => [paint(part.cluster, 'bold', color), ...partLines(part, color)]);
  const peers = plan.peerSecrets.map(
    ({ cluster, removed }) => `${paint(cluster, 'bold', color)}\n  stays; its remote secret for ${removed} is removed`,
  );
  return `${[`Removal of mesh ${plan.mesh}`, ...clusters, ...peers].join('\n')}\n`;
}

/** The spaces inside of what a list has, such as the one between a kind and a name: no line ends there. */
const within = /(?<![,;:]) /g;

function partLines(part: UninstallPlan['clusters'][number], color: boolean): readonly string[] {
  if (part.outcome === 'Failed') {
    return [`  ${renderFailure(part.error, { color }).trimEnd().replaceAll('\n', '\n  ')}`];
  }
  const rows = [
    ...stageRows(part),
    ...elsewhereRows(part),
    ...namespaceRows(part),
    ...restRows(part),
    ...unknownRows(part),
  ];
  if (!hasWork(part)) rows.unshift(['nothing to remove', '', '']);
  return table(
    rows.map(([what, count, objects]) => [what, count, objects.replaceAll(within, '\u00a0')]),
    { width: 78 },
  )
    .replaceAll('\u00a0', ' ')
    .split('\n')
    .map((line) => `  ${line}`.trimEnd());
}

function hasWork({ remove, namespaces, labelsTakenFrom, labelsTakenFromDefinitions }: PlannedRemoval): boolean {
  const lists = [remove, labelsTakenFrom, labelsTakenFromDefinitions];
  return lists.some(({ length }) => length > 0) || namespaces.some(({ removed }) => removed);
}

type Row = readonly [string, string, string];

function stageRows({ remove }: PlannedRemoval): Row[] {
  const byStage = Map.groupBy(remove, ({ stage }) => stage);
  return removalStages.flatMap((stage): Row[] => {
    const objects = byStage.get(stage) ?? [];
    return objects.length === 0 ? [] : [[removalStageNames[stage], `${objects.length}`, refsText(objects)]];
  });
}

/** Istio writes these into every namespace. */
const everywhere = new Set(['istio-ca-root-cert', 'istio-ca-crl']);

/** What is removed from namespaces that the mesh does not keep for itself: the part that is worth a look. */
function elsewhereRows({ remove, namespaces }: PlannedRemoval): Row[] {
  const own = new Set(namespaces.map(({ name }) => name));
  const found = remove.filter(
    ({ namespace, name }) => namespace !== undefined && !own.has(namespace) && !everywhere.has(name),
  );
  return found.length === 0 ? [] : [['of these elsewhere', `${found.length}`, `look at them: ${refsText(found)}`]];
}

function namespaceRows({ namespaces, labelsTakenFrom }: PlannedRemoval): Row[] {
  const rows = namespaces.map(
    ({ name, removed, foreign, contents }): Row =>
      removed
        ? [`namespace ${name}`, '1', `with all in it: ${counted(contents) || 'nothing'}`]
        : [`namespace ${name}`, 'stays', `it holds what is not ours: ${refsText(foreign)}`],
  );
  if (labelsTakenFrom.length === 0) return rows;
  return [...rows, ['labels removed', `${labelsTakenFrom.length}`, `from ${labelsTakenFrom.join(', ')}`]];
}

function unknownRows({ unread, unreadable }: PlannedRemoval): Row[] {
  return [
    ...(unread.length === 0 ? [] : [['no answer', '', `nothing can be said of ${unread.join(', ')}`] as const]),
    ...unreadable.map((object): Row => ['left alone', '', object]),
  ];
}

function restRows({ keptDefinitions, labelsTakenFromDefinitions, foreignIstio, sidecars }: PlannedRemoval): Row[] {
  const used = keptDefinitions.filter(({ usedBy }) => usedBy.length > 0);
  const unasked = keptDefinitions.length - used.length;
  const off = labelsTakenFromDefinitions.length === 0 ? '' : '; our labels are taken off them';
  return [
    ...(unasked === 0 ? [] : [['definitions kept', `${unasked}`, `remove them too with --crds${off}`] as const]),
    ...used.map(({ name, usedBy }): Row => [name, 'stays', `it is used by ${refsText(usedBy)}`]),
    ...(foreignIstio.length === 0
      ? []
      : [['kept: another Istio', '', `${refsText(foreignIstio)}; --any-istio removes it too`] as const]),
    ...(Object.keys(sidecars).length === 0 ? [] : [['pods with a sidecar', 'stay', counted(sidecars)] as const]),
  ];
}

/** `2 Deployment, 1 Service` */
export function counted(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}
