import { expect, test } from 'vitest';
import { type ErrorCode, IsthmusError } from '../../base/error.ts';
import type { Finding, FindingCode } from '../../base/finding.ts';
import { errorCatalog, findingCatalog } from '../../diagnose/catalog/catalog.ts';
import { reportedError } from '../../engine/reporting/error.ts';
import { reportedFinding } from '../../engine/reporting/finding.ts';
import { renderFailure } from './failure.ts';
import { findingLines, renderFindings } from './finding-text.ts';
import { nextOperation } from './next-operation.ts';
import { remedyText } from './remedy-text.ts';
import { sourceFlags } from './source-flags.ts';

const source = '-f mesh.yaml';

test.each(Object.entries(findingCatalog))('the hint of %s is in every summary', (code, { shown: message, remedy }) => {
  const finding: Finding = { code: code as FindingCode, severity: 'error', message, remedy };
  const hint = remedyText(remedy, { source });
  expect(hint).not.toBe('');
  expect(findingLines(finding, '!', { source }).join('\n')).toContain(hint);
  expect(renderFindings([finding], { color: false, source })).toContain(hint);
  const reported = reportedFinding(finding);
  expect(remedyText(reported.remedy, { source })).toBe(hint);
  expect(JSON.parse(JSON.stringify(reported)).remedy.length).toBeGreaterThan(0);
});

test.each(Object.entries(errorCatalog))('the hint of the error %s is in every summary', (code, { shown, remedy }) => {
  const error = new IsthmusError(code as ErrorCode, shown, { remedy });
  const hint = remedyText(remedy, { source });
  expect(renderFailure(error, { color: false, source })).toContain(hint);
  expect(renderFailure(reportedError(error), { color: false, source })).toContain(hint);
});

test('no command of a hint reads a mesh file from standard input or from a snapshot of before', () => {
  for (const { remedy } of [...Object.values(findingCatalog), ...Object.values(errorCatalog)]) {
    expect(remedyText(remedy, { source: sourceFlags({ file: '-' }) })).not.toMatch(/-f -(\W|$)/);
  }
});

test('an apply is next only where it is all that is to be done', () => {
  const next = (code: FindingCode): ReturnType<typeof nextOperation> =>
    nextOperation('No', [{ remedy: findingCatalog[code].remedy }]);
  expect(next('peer-secret')).toBe('apply');
  expect(next('mtls-disabled')).toBeUndefined();
  const first = { do: 'Set', field: 'spec.istio.version', of: { kind: 'Mesh' } } as const;
  const apply = { do: 'Run', operation: 'apply' } as const;
  expect(nextOperation('No', [{ remedy: [first, ', then ', apply] }])).toBeUndefined();
  expect(nextOperation('No', [{ remedy: [apply, '; where it is another, ', first] }])).toBe('apply');
});
