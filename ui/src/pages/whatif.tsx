import { useEffect, useEffectEvent, useState } from 'react';
import type { ModelQuestion } from '../../../src/engine/model.ts';
import type { StatusReport } from '../../../src/report/status.ts';
import { type Modelled, useModel } from '../model/use-model.ts';
import { LookView } from '../parts/look.tsx';
import partsCss from '../parts/parts.module.css';
import { ProblemNotice } from '../parts/problem.tsx';
import { Words } from '../parts/words.tsx';
import { useAbout } from '../state/ask.ts';
import { useLook } from '../state/feed.ts';
import { addressOf, go, replace } from '../state/route.ts';
import { momentText } from '../state/time.ts';
import css from './whatif.module.css';
import { Outcome } from './whatif-outcome.tsx';
import { SplitView } from './whatif-split.tsx';
import { hostOf, splitIn } from './whatif-weights.ts';

/** What happens to every service when parts are gone or a service is split, as `isthmus whatif` has it. */
export function WhatIfPage({ query }: { readonly query: URLSearchParams }) {
  const status = useLook('MeshStatus');
  const services = useLook('ServiceReport');
  const down = query.getAll('down');
  const [draft, setDraft] = useDraft((split) => replace(addressOf('/whatif', { down, split })));
  const split = draft ?? query.get('split') ?? undefined;
  const report = services?.shown?.report;
  const question: ModelQuestion = {
    down,
    splits: split === undefined ? [] : [split],
    host: split === undefined ? undefined : hostOf(split, report?.services ?? []),
  };
  const [modelled, look] = useModel(question);
  const show = (next: { readonly down?: readonly string[]; readonly split?: string | undefined }): void =>
    go(addressOf('/whatif', { down, split, ...next }));
  const toggle = (part: string): void =>
    show({ down: down.includes(part) ? down.filter((one) => one !== part) : [...down, part] });
  return (
    <>
      <p>
        Choose what is gone, or divide a service between clusters. Nothing is changed in a cluster: the model answers,
        here in the browser.
      </p>
      <LookView what="the clusters" look={status}>
        {(shown) => <Parts report={shown.report} down={down} toggle={toggle} />}
      </LookView>
      <LookView what="the services" look={services}>
        {(shown) => (
          <SplitView
            services={shown.report.services}
            split={split === undefined ? undefined : splitIn(split)}
            modelled={modelled}
            show={(next) => show({ split: next })}
            drag={setDraft}
          />
        )}
      </LookView>
      <Answer modelled={modelled} look={look} down={down} split={split} />
    </>
  );
}

const settledMs = 250;

/** What a slider is at while it moves; the address follows when it rests, since browsers refuse one that changes all the time. */
function useDraft(keep: (draft: string) => void): readonly [string | undefined, (draft: string) => void] {
  const [draft, setDraft] = useState<string>();
  const kept = useEffectEvent(keep);
  useEffect(() => {
    if (draft === undefined) return;
    const timer = setTimeout(() => {
      kept(draft);
      setDraft(undefined);
    }, settledMs);
    return () => clearTimeout(timer);
  }, [draft]);
  return [draft, setDraft];
}

interface AnswerProps {
  readonly modelled: Modelled;
  readonly look: () => void;
  readonly down: readonly string[];
  readonly split: string | undefined;
}

function Answer({ modelled, look, down, split }: AnswerProps) {
  const { whole, problem, readAt, hasFacts, progress } = modelled;
  const about = useAbout();
  const words = ['isthmus whatif', about?.flags ?? '', ...down.map((part) => `--down ${part}`)];
  const command = [...words, ...(split === undefined ? [] : [`--split ${split}`])].join(' ');
  return (
    <section aria-label="Answer">
      <h2>What happens</h2>
      <p className={css.line}>
        <span className={partsCss.dim}>
          {hasFacts ? `predicted from the mesh${readAt === undefined ? '' : ` as of ${momentText(readAt)}`}` : ''}
        </span>
        {about?.source === 'Live' ? (
          <button type="button" onClick={look}>
            Read again
          </button>
        ) : null}
        <span role="status">{progressText(modelled)}</span>
      </p>
      {problem === undefined ? null : <ProblemNotice title="that cannot be predicted" problem={problem} />}
      {whole === undefined ? null : (
        <div aria-busy={progress !== undefined}>
          <p>
            The same in a terminal: <Words text={`\`${command}\``} />
          </p>
          <Outcome report={whole} />
        </div>
      )}
    </section>
  );
}

function progressText({ hasFacts, problem, whole, progress }: Modelled): string {
  if (problem !== undefined) return '';
  if (!hasFacts) return 'reading what the model needs …';
  if (progress !== undefined) return `predicting: ${progress.done} of ${progress.hosts} services …`;
  return whole === undefined ? 'predicting …' : '';
}

/** What the mesh has, as `--down` names it. */
function partsOf({ clusters }: StatusReport): readonly (readonly [string, readonly string[]])[] {
  const networks = [...new Set(clusters.map(({ network }) => network))].toSorted();
  const links = networks.flatMap((one, index) =>
    networks.slice(index + 1).map((other) => `network-link:${one}-${other}`),
  );
  const reachable = clusters.flatMap((one) => (one.reachable ? [one] : []));
  return [
    ['Clusters', clusters.map(({ cluster }) => `cluster:${cluster}`)],
    ['Gateways', reachable.flatMap(({ cluster, gateway }) => (gateway?.exists === true ? [`gateway:${cluster}`] : []))],
    [
      'Control planes',
      reachable.flatMap(({ cluster, istiod }) => (istiod?.runsIn === cluster ? [`istiod:${cluster}`] : [])),
    ],
    ['Links between networks', links],
  ];
}

interface PartsProps {
  readonly report: StatusReport;
  readonly down: readonly string[];
  readonly toggle: (part: string) => void;
}

function Parts({ report, down, toggle }: PartsProps) {
  return (
    <div className={css.kinds}>
      {partsOf(report)
        .filter(([, parts]) => parts.length > 0)
        .map(([title, parts]) => (
          <fieldset key={title} className={css.parts}>
            <legend>{title}</legend>
            {parts.map((part) => (
              <label key={part}>
                <input type="checkbox" checked={down.includes(part)} onChange={() => toggle(part)} /> {part}
              </label>
            ))}
          </fieldset>
        ))}
    </div>
  );
}
