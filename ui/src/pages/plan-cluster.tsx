import type { PlannedChange, PlannedCluster } from '../../../src/report/plan.ts';
import type { Remedies } from '../parts/finding.tsx';
import partsCss from '../parts/parts.module.css';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { Words } from '../parts/words.tsx';
import { Values } from './values.tsx';

export function totalsText({ create, change, delete: removed }: PlannedCluster['totals']): string {
  return `${create} to create, ${change} to change, ${removed} to delete`;
}

const actions = {
  Create: { state: 'Yes', word: 'create' },
  Update: { state: 'Note', word: 'change' },
  Release: { state: 'Note', word: 'release' },
  Delete: { state: 'No', word: 'delete' },
} as const satisfies Record<PlannedChange['action'], object>;

const guards = {
  Allowed: undefined,
  OverLimit: 'an apply needs a higher limit of deletions',
  KindHalved: 'a kind would lose half of its objects or more: an apply needs a limit that you give',
  Everything: 'nothing would be left: an apply refuses that',
} as const satisfies Record<PlannedCluster['guard']['verdict'], string | undefined>;

/** What would be done to one cluster, in the order in which it would happen. */
export function PlannedView({ plan, remedies }: { readonly plan: PlannedCluster; readonly remedies: Remedies }) {
  const { cluster, changes, totals, unchanged, guard, respected, kept, notices, barriers } = plan;
  const refusal = guards[guard.verdict];
  const rows = changes.map((change) => ({ key: keyOf(change), cells: cellsOf(change, remedies) }));
  const waits = barriers.map(({ stage, when, awaits }) => `${when.toLowerCase()} ${stage}: ${awaits}`);
  const stays = [
    ...respected.map(({ ref, drift }) => `${ref.kind} ${nameOf(ref)}: ${drift.map(({ field }) => field).join(', ')}`),
    ...kept.map(({ ref, reason }) => `${ref.kind} ${nameOf(ref)}: ${reason}`),
  ];
  return (
    <>
      <p>
        {totalsText(totals)}, {unchanged} unchanged
      </p>
      {refusal === undefined ? null : (
        <p>
          <State of="No">{guard.deletions} deletions</State>: {refusal}
        </p>
      )}
      <Table
        caption={`Changes of ${cluster}`}
        columns={['what', 'object', 'stage', 'why', 'values']}
        rows={rows}
        empty="Nothing would change."
      />
      {notices.map((notice) => (
        <p key={notice}>{notice}</p>
      ))}
      <Items title="left as they are" items={stays} />
      {changes.length === 0 ? null : <Items title="waits of an apply" items={waits} />}
    </>
  );
}

function Items({ title, items }: { readonly title: string; readonly items: readonly string[] }) {
  if (items.length === 0) return null;
  return (
    <details>
      <summary>
        {items.length} {title}
      </summary>
      <ul>
        {items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </details>
  );
}

function keyOf({ action, ref }: PlannedChange): string {
  return `${action} ${ref.apiVersion} ${ref.kind} ${nameOf(ref)}`;
}

export function nameOf({ namespace, name }: PlannedChange['ref']): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function cellsOf(change: PlannedChange, remedies: Remedies) {
  const { action, ref, stage, reason, loss, error } = change;
  const { state, word } = actions[action];
  const words = error?.remedy === undefined ? undefined : remedies[JSON.stringify(error.remedy)];
  return [
    <State key="action" of={error === undefined ? state : 'No'}>
      {error === undefined ? word : `${word}: refused`}
    </State>,
    `${ref.kind} ${nameOf(ref)}`,
    stage,
    <div key="why">
      {reason}
      {loss === undefined ? null : (
        <p>
          <State of="No">lost</State>: {loss}
        </p>
      )}
      {error === undefined ? null : (
        <p>
          {error.message} <span className={partsCss.dim}>[{error.code}]</span>{' '}
          {words === undefined ? null : <Words text={words} />}
        </p>
      )}
    </div>,
    <Values key="values" {...change} />,
  ];
}
