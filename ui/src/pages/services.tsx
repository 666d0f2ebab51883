import { useState } from 'react';
import type { MeshWideService, ServiceReport } from '../../../src/report/service.ts';
import { Link } from '../parts/link.tsx';
import { LookView } from '../parts/look.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { useLook } from '../state/feed.ts';
import { addressOf } from '../state/route.ts';
import { TraceView } from './trace.tsx';

/** Who serves each service and where its requests go, as `isthmus service list` has it. */
export function ServicesPage({ query }: { readonly query: URLSearchParams }) {
  const look = useLook('ServiceReport');
  return (
    <LookView what="the services" look={look}>
      {({ report }) => <Services report={report} query={query} />}
    </LookView>
  );
}

const verdicts = { Yes: 'in order', No: 'not in order', Unknown: 'unknown' } as const;
/** More rows at once help nobody, and cost time. */
const most = 100;

function Services({ report, query }: { readonly report: ServiceReport; readonly query: URLSearchParams }) {
  const [text, setText] = useState('');
  const found = report.services.filter(({ host }) => host.includes(text));
  const chosen = report.services.find(({ host }) => host === query.get('service'));
  const rows = found.slice(0, most).map((service) => ({ key: service.host, cells: serviceCells(service) }));
  return (
    <>
      <p>
        <State of={report.verdict}>{verdicts[report.verdict]}</State>, {report.services.length} services
      </p>
      {report.unread.map(({ cluster, reason }) => (
        <p key={`${cluster} ${reason}`}>
          <State of="Unknown">not read</State> {cluster}: {reason}
        </p>
      ))}
      {chosen === undefined ? null : <ServiceView service={chosen} query={query} />}
      <h2>All services</h2>
      <label>
        Name contains <input value={text} onChange={({ target }) => setText(target.value)} />
      </label>
      {found.length > most ? (
        <p role="status">
          the first {most} of {found.length}
        </p>
      ) : null}
      <Table
        caption="Services"
        columns={['service', 'clusters', 'ready endpoints', 'policy', 'state']}
        rows={rows}
        empty={text === '' ? 'There is no service.' : 'No service has that in its name.'}
      />
    </>
  );
}

function serviceCells({ host, name, namespace, clusters, endpoints, policies, verdict }: MeshWideService) {
  return [
    <Link key="name" to={addressOf('/services', { service: host })}>
      {name}.{namespace}
    </Link>,
    fewText(clusters),
    fewText(endpointTexts(endpoints)),
    policies.map(({ policy }) => policy).join('; '),
    <State key="state" of={verdict}>
      {verdicts[verdict]}
    </State>,
  ];
}

function endpointTexts(endpoints: MeshWideService['endpoints']): readonly string[] {
  return Object.entries(endpoints).map(([cluster, count]) => `${cluster} ${count}`);
}

/** Fifty names in each of a hundred rows help nobody, and cost time: the service itself has them all. */
const mostNames = 8;

function fewText(texts: readonly string[]): string {
  if (texts.length <= mostNames) return texts.join(', ');
  return `${texts.slice(0, mostNames - 1).join(', ')} and ${texts.length - mostNames + 1} more`;
}

const outcomes = { Answered: 'Yes', Lost: 'No', Unknown: 'Unknown' } as const;
const outcomeWords = { Answered: 'answered', Lost: 'lost', Unknown: 'unknown' } as const;

function ServiceView({ service, query }: { readonly service: MeshWideService; readonly query: URLSearchParams }) {
  const { host, flows, rules, endpoints } = service;
  const rows = flows.map(({ from, port, route, outcome, shares, lost, reasons, caller }) => ({
    key: `${from} ${port} ${route} ${caller}`,
    cells: [
      from,
      port,
      <State key="outcome" of={outcomes[outcome]}>
        {outcomeWords[outcome]}
      </State>,
      sharesText(shares, lost),
      reasons.join('; '),
      <Link
        key="trace"
        to={addressOf('/services', { service: host, from: `${from}/${caller}`, to: `${host}:${port}` })}
      >
        trace from {caller}
      </Link>,
    ],
  }));
  const [from, to] = [query.get('from'), query.get('to')];
  return (
    <>
      <h2>{host}</h2>
      <p>ready endpoints: {endpointTexts(endpoints).join(', ') || 'none'}</p>
      <Table
        caption={`Requests to ${host}`}
        columns={['calling cluster', 'port', 'outcome', 'predicted shares', 'reasons', 'one request']}
        rows={rows}
        empty="No cluster has callers of it."
      />
      {rules.length === 0 ? null : (
        <Table
          caption={`Rules of ${host}`}
          columns={['rule', 'says', 'callers']}
          rows={rules.map(({ kind, object, says, callers }) => ({
            key: `${kind} ${object}`,
            cells: [`${kind} ${object}`, says, callers.join(', ')],
          }))}
          empty=""
        />
      )}
      {from === null || to === null ? null : <TraceView from={from} to={to} />}
    </>
  );
}

function sharesText(shares: Readonly<Record<string, number>>, lost: number): string {
  const parts = Object.entries(shares).map(([cluster, share]) => `${cluster} ${share}%`);
  return [...parts, ...(lost > 0 ? [`lost ${lost}%`] : [])].join(', ');
}
