import type { Registry } from 'prom-client';

/** Labels whose value is the name of a cluster. */
const clusterLabels = ['cluster', 'from', 'to', 'peer'] as const;

/** Takes away what is shown of clusters that are none of these: an alert about a cluster that has left would never end. */
export async function forgetOthers(registry: Registry, names: ReadonlySet<string>): Promise<void> {
  const isGone = (labels: Labels): boolean =>
    clusterLabels.some((label) => {
      const name = labels[label];
      return name !== undefined && !names.has(String(name));
    });
  for (const { name } of await registry.getMetricsAsJSON()) {
    const metric = registry.getSingleMetric(name) as LabelledMetric | undefined;
    const { values } = (await metric?.get()) ?? { values: [] };
    for (const { labels } of values.filter((value) => isGone(value.labels))) {
      // A histogram has a value for each bucket, and is removed by the labels of the whole.
      const { le: _, ...whole } = labels;
      metric?.remove(whole);
    }
  }
}

type Labels = Readonly<Record<string, string | number>>;

interface LabelledMetric {
  get(): Promise<{ readonly values: readonly { readonly labels: Labels }[] }>;
  remove(labels: Labels): void;
}
