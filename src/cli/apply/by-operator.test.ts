import { expect, test } from 'vitest';
import { exitCodes } from '../shell/exit-code.ts';
import { followedExitCode } from './by-operator.ts';

test.each([
  [['Available', 'Available'], exitCodes.done],
  [['Available', 'Waiting'], exitCodes.timeout],
  [['Waiting', 'Waiting'], exitCodes.timeout],
  [['Available', 'Failed'], exitCodes.partial],
  [['Failed', 'Failed'], exitCodes.refused],
  [['Failed', 'Waiting'], exitCodes.refused],
] as const)('clusters that are %j end with %i', (outcomes, code) => {
  const clusters = outcomes.map((outcome) => ({ cluster: 'c', phase: null, outcome, message: '' }));
  expect(followedExitCode({ clusters })).toBe(code);
});
