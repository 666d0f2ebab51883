import css from './shares.module.css';

/** In percent of the requests. */
export interface SharesState {
  readonly shares: readonly { readonly cluster: string; readonly share: number }[];
  readonly lost: number;
}

interface SharesProps {
  /** Each has its own shade, in this order. */
  readonly clusters: readonly string[];
  readonly state: SharesState;
}

const shades = 6;
const mostApart = 6;

/** Who answers which part, as a bar and in words. */
export function Shares({ clusters, state: { shares, lost } }: SharesProps) {
  const parts = fewest(shares)
    .map((one) => ({ ...one, at: clusters.indexOf(one.cluster) }))
    .toSorted((a, b) => Number(a.at < 0) - Number(b.at < 0) || a.at - b.at)
    .map(({ cluster, share, at }) => ({
      name: cluster,
      share,
      shade: at < 0 ? css.others : css[`shade${at % shades}`],
    }));
  const all = lost > 0 ? [...parts, { name: 'lost', share: lost, shade: css.lost }] : parts;
  let from = 0;
  return (
    <div className={css.shares}>
      <svg className={css.bar} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        {all.map(({ name, share, shade }) => {
          const x = from;
          from += share;
          return <rect key={name} className={shade} x={x} y={0} width={share} height={8} />;
        })}
      </svg>
      <span>{all.map(({ name, share }) => `${name} ${Number(share.toFixed(1))}%`).join(', ')}</span>
    </div>
  );
}

/** The largest ones apart, the others as one: a bar of fifty parts says nothing. */
function fewest(shares: SharesState['shares']): SharesState['shares'] {
  if (shares.length <= mostApart) return shares;
  const sorted = shares.toSorted((a, b) => b.share - a.share);
  const rest = sorted.slice(mostApart - 1);
  const share = rest.reduce((sum, one) => sum + one.share, 0);
  return [...sorted.slice(0, mostApart - 1), { cluster: `${rest.length} others`, share }];
}
