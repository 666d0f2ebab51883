import { join } from 'node:path';
import { istioCharts } from '../../lab/src/tools/charts.ts';
import type { TestLab } from './lab.ts';
import { runProgram } from './program.ts';
import { timed } from './steps.ts';

/** What the lab's Envoy, which lacks Istio's own filters, needs; lab/istio/overlay.yaml gives it to istioctl alone. */
export const istioValuesOfTheLab = {
  values: { pilot: { env: { PILOT_ENABLE_METADATA_EXCHANGE: 'false', PILOT_ENABLE_ALPN_FILTER: 'false' } } },
  meshConfig: { defaultProviders: { metrics: [] }, enablePrometheusMerge: false },
};

const helmTimeoutMs = 260_000;

/** Runs a command of helm in a cluster; a chart `istio/NAME` is the one of that name in the lab's folder of charts. */
export async function helm({ lab }: TestLab, cluster: string, ...args: readonly string[]): Promise<string> {
  const charts = await istioCharts();
  const words = args.map((word) => (word.startsWith('istio/') ? join(charts, word.slice('istio/'.length)) : word));
  const options = { env: { ...process.env, ...lab.env }, timeoutMs: helmTimeoutMs };
  const result = await timed('helm', () =>
    runProgram(join(lab.bin, 'helm'), [...words, '--kube-context', cluster], options),
  );
  if (result.code !== 0) throw new Error(`helm ${args.join(' ')} ended with ${result.code}: ${result.stderr}`);
  return result.stdout;
}
