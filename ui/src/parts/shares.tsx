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

/** Who answers which part, as a bar and in words. */
export function Shares({ clusters, state: { shares, lost } }: SharesProps) {
  const placed = shares.map((one) => ({ ...one, at: clusters.indexOf(one.cluster) })).toSorted((a, b) => a.at - b.at);
  const parts = placed.map(({ cluster, share, at }) => {
    return { name: cluster, share, shade: css[`shade${(at < 0 ? clusters.length : at) % shades}`] };
  });
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
