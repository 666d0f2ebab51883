import { expect, test } from 'vitest';
import { errorCodes } from '../../base/error.ts';
import { findingCodes } from '../../base/finding.ts';
import { explainCode } from '../../engine/explain-code.ts';
import { explanationText } from './explain-text.ts';

test.each([...findingCodes, ...errorCodes])('%s has its meaning, how it is established and what to do', (code) => {
  const { shown, means, established, category } = explainCode(code);
  const text = explanationText(explainCode(code));
  const title = category === undefined ? code : `${code} (${category})`;
  expect(text.startsWith(`${title}\n\n    ${shown}\n\n${means}\n\nHow it is established: ${established}\n`)).toBe(true);
  expect(text).toMatch(/\nWhat to do: \S[^\n]{8,}\.\n$/);
});
