import type { Shown } from '../../../src/dashboard/messages.ts';
import type { Certificate } from '../../../src/report/certificate.ts';
import type { ReachableTrust, TrustReport } from '../../../src/report/trust.ts';
import { FindingView } from '../parts/finding.tsx';
import { Age, LookView } from '../parts/look.tsx';
import partsCss from '../parts/parts.module.css';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { useLook } from '../state/feed.ts';
import { momentText } from '../state/time.ts';
import { ExpiryLine } from './expiry-line.tsx';

const verdicts = {
  Yes: 'the trust is in order',
  No: 'the trust is not in order',
  Unknown: 'not known to be in order',
} as const;

/** Who signs whom until when, and what proxies really trust, as `isthmus trust` has it. */
export function TrustPage() {
  const look = useLook('TrustReport');
  return (
    <>
      <Age readAt={look?.readAt} />
      <LookView what="the trust" look={look}>
        {(shown) => <Trust shown={shown} />}
      </LookView>
    </>
  );
}

function Trust({ shown: { report, remedies } }: { readonly shown: Shown<TrustReport> }) {
  const { verdict, trustDomain, findings } = report;
  return (
    <>
      <p>
        <State of={verdict}>{verdicts[verdict]}</State>, trust domain <code>{trustDomain}</code>
      </p>
      {findings.map((finding) => (
        <FindingView
          key={`${finding.code} ${finding.cluster} ${finding.message}`}
          finding={finding}
          remedies={remedies}
        />
      ))}
      <h2>Certificates, by their end</h2>
      <Certificates report={report} />
      <h2>Who trusts whom</h2>
      <Relations report={report} />
      <h2>Signers</h2>
      <Signers report={report} />
      <h2>Proxies that were asked</h2>
      <Proxies report={report} />
    </>
  );
}

interface Held {
  readonly role: string;
  readonly signedBy: string;
  readonly certificate: Certificate;
}

function heldIn({ roots, issuer, clusters }: TrustReport): readonly Held[] {
  const above = issuer === undefined ? 'the root' : 'the issuer';
  return [
    ...roots.map((certificate) => ({ role: 'root', signedBy: 'itself', certificate })),
    ...(issuer === undefined ? [] : [{ role: 'issuer', signedBy: 'the root', certificate: issuer }]),
    ...clusters.flatMap((one) =>
      one.reachable && one.intermediate !== undefined
        ? [{ role: `intermediate of ${one.cluster}`, signedBy: above, certificate: one.intermediate }]
        : [],
    ),
  ].toSorted((a, b) => a.certificate.notAfter.localeCompare(b.certificate.notAfter));
}

function Certificates({ report }: { readonly report: TrustReport }) {
  const held = heldIn(report);
  const endings = held.map(({ role, certificate }) => ({
    key: `${role} ${certificate.fingerprint}`,
    name: role,
    days: certificate.daysLeft,
  }));
  const rows = held.map(({ role, signedBy, certificate }) => {
    const { fingerprint, notAfter, daysLeft, algorithm, subject } = certificate;
    return {
      key: `${role} ${fingerprint}`,
      cells: [
        role,
        signedBy,
        momentText(notAfter),
        <Left key="left" days={daysLeft} />,
        shortOf(fingerprint),
        algorithm,
        subject,
      ],
    };
  });
  const columns = ['certificate', 'signed by', 'ends', 'left', 'SHA-256', 'algorithm', 'subject'];
  return (
    <>
      <ExpiryLine endings={endings} />
      <Table caption="Certificates" columns={columns} rows={rows} empty="No certificate could be read." />
    </>
  );
}

function Left({ days }: { readonly days: number }) {
  return days < 0 ? <State of="No">expired</State> : `${days} days`;
}

const trusts = { Yes: 'trusts', No: 'does not trust', Unknown: 'unknown' } as const;
const evidences = { Proxies: 'by running proxies', ControlPlane: 'by what istiod gives out', None: '' } as const;

function Relations({ report: { clusters, relations } }: { readonly report: TrustReport }) {
  const names = clusters.map(({ cluster }) => cluster);
  const rows = names.map((from) => ({
    key: from,
    cells: [
      from,
      ...names.map((to) => {
        const relation = relations.find((one) => one.from === from && one.to === to);
        if (relation === undefined) return '';
        return (
          <>
            <State of={relation.trusts}>{trusts[relation.trusts]}</State>{' '}
            <span className={partsCss.dim}>{evidences[relation.evidence]}</span>
          </>
        );
      }),
    ],
  }));
  return (
    <Table caption="Who trusts whom" columns={['workloads of', ...names]} rows={rows} empty="There is no cluster." />
  );
}

const signers = {
  CaCerts: 'the intermediate in cacerts',
  OlderIntermediate: 'an older intermediate of the same root',
  SelfSigned: 'its own CA',
  Unknown: 'unknown',
} as const;

function Signers({ report: { clusters } }: { readonly report: TrustReport }) {
  const rows = clusters.flatMap((one) =>
    one.reachable
      ? one.istiods.map(({ pod, signsWith, startedAt }) => ({
          key: `${one.cluster} ${pod}`,
          cells: [one.cluster, pod, signers[signsWith], startedAt],
        }))
      : [{ key: one.cluster, cells: [one.cluster, unknownText(one.error.message), '', ''] }],
  );
  return (
    <Table
      caption="Signers"
      columns={['cluster', 'istiod', 'signs with', 'since']}
      rows={rows}
      empty="No istiod was read."
    />
  );
}

function unknownText(why: string) {
  return <State of="Unknown">unknown: {why}</State>;
}

function Proxies({ report: { clusters } }: { readonly report: TrustReport }) {
  const reachable = clusters.flatMap((one) => (one.reachable ? [one] : []));
  const rows = reachable.flatMap(({ cluster, proxies }) =>
    proxies.asked.map((one) => ({ key: `${cluster} ${one.namespace}/${one.pod}`, cells: proxyCells(cluster, one) })),
  );
  return (
    <>
      <p>
        {reachable
          .map(({ cluster, proxies: { asked, total } }) => `${cluster}: ${asked.length} of ${total}`)
          .join('; ')}
      </p>
      <Table
        caption="Proxies"
        columns={['cluster', 'pod', 'type', 'trusts', 'its own ends']}
        rows={rows}
        empty="No proxy was asked."
      />
    </>
  );
}

function proxyCells(cluster: string, one: ReachableTrust['proxies']['asked'][number]) {
  const { namespace, pod, type, trusts: roots, notAfter, error } = one;
  const known = error === undefined ? roots.map(shortOf).join(', ') : unknownText(error);
  return [cluster, `${namespace}/${pod}`, type, known, notAfter === undefined ? '' : momentText(notAfter)];
}

/** The first bytes, as the command line shows them. */
function shortOf(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').slice(0, 8).toLowerCase();
}
