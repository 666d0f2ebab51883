import { describeRef, type KubeObject, type ObjectRef, refOf } from '../../objects/object.ts';
import type { NamespaceVerdict, Verdict } from '../../remove/classify.ts';
import type { RemovalEvent } from '../../remove/events.ts';
import { hasWork } from '../../remove/remove-cluster.ts';
import type { ClusterPlan, ClusterRemoval, RemovalPlan, RemovalReport } from '../../remove/report.ts';
import { type RemovalStage, removalOrder, removalStageOf } from '../../remove/stage.ts';
import { renderFailure } from '../shell/failure.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';

/** What a stage of a removal is called. */
const stageNames = {
  Webhooks: 'webhooks',
  CustomResources: 'custom resources',
  RemoteSecrets: 'remote secrets',
  Injection: 'injection',
  Gateways: 'gateways',
  ControlPlane: 'control plane',
  Access: 'accounts and rights',
  Trust: 'certificates',
  Leftovers: 'what istiod wrote',
  Definitions: 'definitions',
  System: "Isthmus's own records",
} as const satisfies Record<RemovalStage, string>;

const shown = 4;

/** Names of objects, cut after the first few. */
function named(refs: readonly ObjectRef[]): string {
  const first = refs.slice(0, shown).map(describeRef).join(', ');
  return refs.length > shown ? `${first} and ${refs.length - shown} more` : first;
}

function counted(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

/** What a removal would take away, as a tree: clusters, stages, namespaces with what dies in them. */
export function removalPlanText(plan: RemovalPlan, { color }: { readonly color: boolean }): string {
  const clusters = plan.clusters.flatMap((part) => [paint(part.cluster, 'bold', color), ...partLines(part, color)]);
  const peers = plan.peerSecrets.map(
    ({ cluster, removed }) => `${paint(cluster, 'bold', color)}\n  stays; its remote secret for ${removed} is removed`,
  );
  return `${[`Removal of mesh ${plan.mesh}`, ...clusters, ...peers].join('\n')}\n`;
}

function partLines(part: ClusterPlan, color: boolean): readonly string[] {
  if (part.state === 'Failed') return [`  ${renderFailure(part.error, color).trimEnd().replaceAll('\n', '\n  ')}`];
  const { verdict } = part.examined;
  const rows = [...stageRows(verdict), ...namespaceRows(verdict), ...restRows(verdict)];
  if (!hasWork(verdict)) rows.unshift(['nothing to remove', '', '']);
  return table(rows)
    .split('\n')
    .map((line) => `  ${line}`.trimEnd());
}

type Row = readonly [string, string, string];

function stageRows({ remove }: Verdict): Row[] {
  const stages = Map.groupBy(remove, removalStageOf);
  return removalOrder.flatMap((stage): Row[] => {
    const objects: readonly KubeObject[] = stages.get(stage) ?? [];
    return objects.length === 0 ? [] : [[stageNames[stage], `${objects.length}`, named(objects.map(refOf))]];
  });
}

function namespaceRows({ namespaces, release }: Verdict): Row[] {
  const describe = ({ namespace, foreign, contents }: NamespaceVerdict): Row => {
    const title = `namespace ${namespace.metadata.name}`;
    return foreign.length === 0
      ? [title, '1', `with all in it: ${counted(contents) || 'nothing'}`]
      : [title, 'stays', `it holds what is not ours: ${named(foreign)}`];
  };
  const names = release.map(({ metadata: { name } }) => name);
  return [
    ...namespaces.map(describe),
    ...(names.length === 0 ? [] : [['labels taken back', `${names.length}`, `from ${names.join(', ')}`] as const]),
  ];
}

function restRows({ keptDefinitions, claimed, foreignIstio, sidecars }: Verdict): Row[] {
  const used = keptDefinitions.filter(({ usedBy }) => usedBy.length > 0);
  const unasked = keptDefinitions.length - used.length;
  const off = claimed.length === 0 ? '' : '; our labels are taken off them';
  return [
    ...(unasked === 0 ? [] : [['definitions kept', `${unasked}`, `remove them too with --crds${off}`] as const]),
    ...used.map(({ definition, usedBy }): Row => [definition.metadata.name, 'stays', `it is used by ${named(usedBy)}`]),
    ...(foreignIstio.length === 0
      ? []
      : [['another Istio', 'stays', `${named(foreignIstio)}; --any-istio removes it too`] as const]),
    ...(Object.keys(sidecars).length === 0 ? [] : [['pods with a sidecar', 'stay', counted(sidecars)] as const]),
  ];
}

/** One line for an event, with the cluster's name in a column of `width`. */
export function removalLine(event: RemovalEvent, { width, color }: { width: number; color: boolean }): string {
  return `${paint(event.cluster.padEnd(width), 'bold', color)}  ${eventText(event, color)}\n`;
}

function eventText(event: RemovalEvent, color: boolean): string {
  switch (event.type) {
    case 'Removed':
      return `${stageNames[event.details.stage]}: ${event.details.count} gone`;
    case 'Released':
      return `namespace ${event.details.namespace}: labels taken back`;
    case 'Disclaimed':
      return `definitions that stay: labels taken off ${event.details.count}`;
    case 'NamespaceRemoved':
      return `namespace ${event.details.namespace}: gone`;
    case 'Forgotten':
      return `istiod no longer knows ${event.details.removed} or any endpoint there`;
    case 'Waiting':
      return paint(`waiting for ${event.details.what}`, 'dim', color);
    case 'Stripped':
      return `${describeRef(event.details.object)}: nobody serves its finalizer ${event.details.finalizers.join(', ')}; taken off`;
    case 'Blocked':
      return `${paint('blocked', 'yellow', color)}: ${event.details.what}\n${event.details.by.map((line) => `    ${line}`).join('\n')}`;
    case 'Notice':
      return paint(event.details.message, 'yellow', color);
  }
}

export interface RemovalTextOptions {
  readonly color: boolean;
  /** The command that goes on where this one stopped. */
  readonly resume: string;
  /** What is true where nothing is left to do. */
  readonly title: string;
  /** What else is worth knowing where nothing is left to do. */
  readonly note?: string;
  /** Where the mesh's root is kept on this machine; left out where there is none or the mesh goes on. */
  readonly rootFolder?: string;
}

/** What is left after a removal, with the proof, and the next command. */
export function removalText(report: RemovalReport, options: RemovalTextOptions): string {
  const whole = report.clusters.every(({ outcome }) => outcome === 'Removed') && report.peerFailures.length === 0;
  const lines = [
    proofTable(report),
    ...report.clusters.flatMap((part) => outcomeLines(part, options.color)),
    ...report.peerSecrets.map(({ cluster, removed }) => `${cluster}: its remote secret for ${removed} is gone`),
    ...report.peerFailures.map(({ cluster, error }) => `${cluster}: ${renderFailure(error, options.color).trimEnd()}`),
    `${whole ? options.title : `mesh ${report.mesh}: not everything is done`} after ${report.seconds.toFixed(1)} s`,
  ];
  if (whole && options.note !== undefined) lines.push(options.note);
  if (!whole) lines.push(`Nothing needs undoing. Resume with: ${options.resume}`);
  else if (options.rootFolder !== undefined) {
    lines.push(
      `The root of the mesh is still in ${options.rootFolder}: keep it for a mesh to come, or delete the folder.`,
    );
  }
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

/** Kinds down, clusters across: how many are gone and how many are left. */
function proofTable({ clusters }: RemovalReport): string {
  const proved = clusters.flatMap((part) => (part.outcome === 'Failed' ? [] : [part]));
  const kinds = [
    ...new Set(proved.flatMap(({ removed, proof }) => [...Object.keys(removed), ...Object.keys(proof.left)])),
  ];
  if (kinds.length === 0) return '';
  const header = ['KIND', ...proved.flatMap(({ cluster }) => [`${cluster.toUpperCase()} GONE`, 'LEFT'])];
  const rows = kinds
    .toSorted()
    .map((kind) => [
      kind,
      ...proved.flatMap(({ removed, proof }) => [`${removed[kind] ?? 0}`, `${proof.left[kind] ?? 0}`]),
    ]);
  return table([header, ...rows]);
}

function outcomeLines(part: ClusterRemoval, color: boolean): readonly string[] {
  const { cluster, sidecars, stuck } = part;
  const about = (text: string): string => `${cluster}: ${text}`;
  const running = Object.values(sidecars).reduce((sum, count) => sum + count, 0);
  const hanging = stuck.map(({ object, reason }) =>
    about(`${paint('left', 'yellow', color)} ${describeRef(object)}: ${reason}`),
  );
  const pods =
    running === 0
      ? []
      : [
          about(
            `${running === 1 ? '1 pod runs' : `${running} pods run`} on with a sidecar and no control plane (${counted(sidecars)}); a restart takes it off`,
          ),
        ];
  if (part.outcome === 'Failed') return [about(renderFailure(part.error, color).trimEnd()), ...hanging];
  return [...proofLines(part).map(about), ...hanging, ...pods];
}

function proofLines({ proof }: Extract<ClusterRemoval, { outcome: 'Removed' | 'Stuck' }>): readonly string[] {
  const left = Object.values(proof.left).reduce((sum, count) => sum + count, 0);
  const facts = [
    `${left} objects left in ${proof.kinds} kinds (${proof.objects} objects looked at)`,
    `${proof.finalizers} finalizers`,
    `${proof.webhooks} webhooks`,
    proof.definitionsKept === 0 ? '0 definitions' : `definitions kept: ${proof.definitionsKept}`,
  ];
  return [
    facts.join(', '),
    ...proof.namespacesKept.map(({ namespace, foreign }) => `namespace ${namespace} stays, for ${named(foreign)}`),
    ...proof.unreleased.map((namespace) => `namespace ${namespace} still carries our labels`),
    ...proof.definitionsClaimed.map((name) => `definition ${name} still carries our labels`),
    ...(proof.unread.length === 0 ? [] : [`nothing can be said of ${proof.unread.join(', ')}: no answer`]),
  ];
}
