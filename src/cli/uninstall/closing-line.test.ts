import { expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import { reportedError } from '../../engine/reporting/error.ts';
import type { UninstallPlan } from '../../report/uninstall.ts';
import { closingLine } from './run.ts';

const error = reportedError(new IsthmusError('cluster-unreachable', 'refused'));
const failed = { outcome: 'Failed', error } as const;
const command = 'isthmus uninstall -f mesh.yaml';

function line(...clusters: readonly { readonly cluster: string; readonly outcome: string }[]): string {
  return closingLine({ clusters } as unknown as UninstallPlan, command);
}

test('a look at a removal ends with what is true and what does it', () => {
  const west = { cluster: 'west', outcome: 'Planned' };
  expect(line(west)).toBe(`nothing was removed; to do it: ${command}`);
  expect(line(west, { cluster: 'east', ...failed })).toBe(
    `nothing was removed; what east holds is not known; to do it: ${command}`,
  );
  expect(line({ cluster: 'east', ...failed })).toBe('nothing was removed, and no cluster could be looked at');
});
