import { parseJson } from '../../src/base/parse-json.ts';
import type { ShiftReport, ShiftState } from '../../src/report/shift.ts';
import { jsonOf } from './cli.ts';
import { eventually } from './eventually.ts';
import { type TestLab, twoClusters } from './lab.ts';
import type { ProgramResult } from './program.ts';

/** A line of `isthmus shift -o json`. */
export interface ShiftLine {
  readonly type?: string;
  readonly kind?: string;
  readonly cluster?: string;
  readonly details?: { readonly step?: number; readonly verdict?: string; readonly reason?: string };
}

export function shiftLines({ stdout }: ProgramResult): readonly ShiftLine[] {
  return stdout.split('\n').flatMap((line) => {
    const parsed = parseJson(line);
    return parsed === undefined ? [] : [parsed as ShiftLine];
  });
}

/** The one shift of the mesh, or that of a service: those of others that have ended stay. */
export async function theShift(lab: TestLab, mesh: string, service?: string): Promise<ShiftState> {
  const named = service === undefined ? [] : [service];
  const result = await lab.isthmus.run(['shift', 'status', ...named, '-f', mesh, '-o', 'json']);
  const [shift, ...others] = jsonOf<ShiftReport>(result).shifts;
  if (shift === undefined || others.length > 0) throw new Error(`not one shift: ${result.stdout}`);
  return shift;
}

/** What an undo consists of, in every cluster. */
export async function undoersLeft(lab: TestLab, clusters = twoClusters): Promise<readonly string[]> {
  const kinds = 'jobs,configmaps,serviceaccounts,roles,rolebindings';
  const query = ['-n', 'istio-system', 'get', kinds, '-l', 'isthmus.dev/undo', '-o', 'name'];
  const found = await Promise.all(clusters.map(async ({ name }) => await lab.kubectl(name, ...query)));
  return found.flatMap((text) => text.split('\n')).filter((line) => line !== '');
}

/** The weights of the route to a service of `sample`, by cluster; empty where there is none. */
export async function routeWeights(lab: TestLab, service = 'helloworld'): Promise<readonly string[]> {
  const weights = 'jsonpath={.spec.http[0].route[*].weight}';
  const query = ['-n', 'istio-system', 'get', 'virtualservice', `isthmus-sample-${service}`, '--ignore-not-found'];
  return await Promise.all(twoClusters.map(async ({ name }) => await lab.kubectl(name, ...query, '-o', weights)));
}

/** Waits until every cluster has these weights. */
export async function weightsAre(
  lab: TestLab,
  wanted: string,
  { service, timeoutMs = 60_000 }: { readonly service?: string; readonly timeoutMs?: number } = {},
): Promise<void> {
  await eventually(
    async () => {
      const found = await routeWeights(lab, service);
      return found.every((weights) => weights === wanted) ? undefined : found.join(' | ');
    },
    { timeoutMs },
  );
}
