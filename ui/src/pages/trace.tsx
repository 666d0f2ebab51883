import { paths, type Shown } from '../../../src/dashboard/messages.ts';
import type { Trace, TracedDestination } from '../../../src/report/trace.ts';
import { FindingView, type Remedies } from '../parts/finding.tsx';
import { FailureNotice } from '../parts/problem.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { useAnswer } from '../state/ask.ts';

const verdicts = { Delivered: 'Yes', NotDelivered: 'No', NotJudged: 'Unknown' } as const;
const verdictWords = { Delivered: 'delivered', NotDelivered: 'not delivered', NotJudged: 'not judged' } as const;

/** The way of one request, hop by hop, as `isthmus trace` has it. */
export function TraceView({ from, to }: { readonly from: string; readonly to: string }) {
  const { data, error, isPending } = useAnswer<'Trace'>(paths.trace, String(new URLSearchParams({ from, to })));
  return (
    <section aria-label="Trace">
      <h2>
        One request from {from} to {to}
      </h2>
      {isPending ? <p role="status">following it …</p> : null}
      {error === null ? null : <FailureNotice title="the request cannot be followed" error={error} />}
      {data === undefined || error !== null ? null : <Way shown={data} />}
    </section>
  );
}

function Way({ shown: { report, remedies } }: { readonly shown: Shown<Trace> }) {
  const { verdict, deliveredShare, from, istiod, resolved, virtualService, destinations, findings } = report;
  return (
    <>
      <p>
        <State of={verdicts[verdict]}>{verdictWords[verdict]}</State>, {deliveredShare}% known to be answered
      </p>
      <ol>
        <li>
          pod {from.namespace}/{from.pod} in {from.cluster}, served by the istiod of {istiod ?? 'no cluster'}
        </li>
        <li>
          {resolved.host} by {resolved.by}
        </li>
        <li>{virtualService === null ? 'no VirtualService decides' : `VirtualService ${virtualService}`}</li>
      </ol>
      {destinations.length === 0
        ? findings.map((one) => <FindingView key={`${one.code} ${one.message}`} finding={one} remedies={remedies} />)
        : null}
      {destinations.map((one) => (
        <Destination key={one.envoyCluster} destination={one} remedies={remedies} />
      ))}
    </>
  );
}

function Destination({
  destination,
  remedies,
}: {
  readonly destination: TracedDestination;
  readonly remedies: Remedies;
}) {
  const { envoyCluster, share, verdict, effective, gateways, excluded, findings } = destination;
  return (
    <>
      <h3>
        {share}% to <code>{envoyCluster}</code>
      </h3>
      <p>
        <State of={verdicts[verdict]}>{verdictWords[verdict]}</State>
      </p>
      {findings.map((one) => (
        <FindingView key={`${one.code} ${one.message}`} finding={one} remedies={remedies} />
      ))}
      <Table
        caption={`Endpoints of ${envoyCluster}`}
        columns={['endpoint', 'cluster', 'through', 'share']}
        rows={effective.map(({ address, cluster, via, share: part }) => ({
          key: address,
          cells: [address, cluster, via, `${part}%`],
        }))}
        empty="Envoy uses no endpoint."
      />
      {gateways.map(({ cluster, service, passed, effective: behind, problem }) => (
        <p key={`${cluster} ${service}`}>
          <State of={passed ? 'Yes' : 'No'}>{passed ? 'passed on' : 'not passed on'}</State> by gateway {service} in{' '}
          {cluster}
          {problem === null ? ` to ${behind.map(({ address }) => address).join(', ')}` : `: ${problem.message}`}
        </p>
      ))}
      <Table
        caption={`Endpoints that are left out of ${envoyCluster}`}
        columns={['left out', 'cluster', 'reason', 'why']}
        rows={excluded.map(({ address, cluster, reason, message }) => ({
          key: `${address} ${reason}`,
          cells: [address, cluster, reason, message],
        }))}
        empty="No endpoint is left out."
      />
    </>
  );
}
