import { quantile } from '../../statistics.ts';
import { table } from '../../table.ts';
import type { PartOptions } from '../bench.ts';
import { home, onKeptMesh, remote } from '../kept-mesh.ts';
import { createOutcomes } from './outcomes.ts';
import { byIstioctl, byOperator, type Pair, type RotationResult, underLoad } from './rotations.ts';

/** Tokens exchanged in turn under a steady load, by an operator and by deleting the remote secret and giving a new one. */
export async function measureRotations({ wanted, signal, print }: PartOptions): Promise<void> {
  const { rotations, peer } = wanted;
  const outcomes = createOutcomes();
  const request = { signal, sample: true, onLine: outcomes.read };
  await onKeptMesh(request, async ({ ground, operator }) => {
    const pair: Pair = { clusters: [home, remote], ground };
    const ours = await underLoad(pair, rotations, byOperator(pair, home, outcomes));
    print(resultText('the operator', ours));
    print(`what became of them: ${outcomes.text()}`);
    if (peer === 0) return;
    await operator[Symbol.asyncDispose]();
    print(resultText('delete and create-remote-secret', await underLoad(pair, peer, byIstioctl(pair))));
  });
}

function resultText(who: string, { rotations, seconds, each, sent, lost, failures }: RotationResult): string {
  const row = [rotations, Math.round(seconds), sent, lost].map(String);
  const times = [0.5, 0.99].map((share) => quantile(each, share).toFixed(1));
  return `\n${table([
    ['who', 'rotations', 'seconds', 'requests', 'lost', 'lost a rotation', 'one takes, p50 s', 'p99 s'],
    [who, ...row, (lost / rotations).toFixed(2), ...times],
  ])}\nhow those were answered that were lost, by client: ${failures.map((one) => JSON.stringify(one)).join(' ')}`;
}
