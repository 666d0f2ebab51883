import { errorCodes, IsthmusError } from '../base/error.ts';
import { findingCodes } from '../base/finding.ts';
import { nearMatch } from '../base/near-match.ts';
import { errorCatalog, findingCatalog } from '../diagnose/catalog/catalog.ts';
import { categoryOf } from '../diagnose/catalog/categories.ts';
import type { CatalogEntry } from '../diagnose/catalog/entry.ts';
import type { CodeExplanation } from '../report/doctor.ts';
import { apiVersion } from '../report/schema.ts';
import { reportedRemedy } from './reporting/finding.ts';

/**
 * What the code of a finding or an error stands for: its meaning, how it is established, and what to do. It asks no cluster.
 * Throws `usage` for a code that does not exist.
 *
 * @example
 * const { means, established } = explainCode('peer-secret');
 * console.log(means, established);
 */
export function explainCode(code: string): CodeExplanation {
  const finding = findingCodes.find((one) => one === code);
  if (finding !== undefined) return explanation(code, findingCatalog[finding], { category: categoryOf(finding) });
  const error = errorCodes.find((one) => one === code);
  if (error !== undefined) return explanation(code, errorCatalog[error], {});
  const near = nearMatch(code, [...findingCodes, ...errorCodes]);
  throw new IsthmusError('usage', `there is no code ${code}`, {
    remedy: near === undefined ? 'docs/errors.md has every code' : `did you mean ${near}?`,
  });
}

function explanation(
  code: string,
  { shown, means, established, remedy }: CatalogEntry,
  more: Pick<CodeExplanation, 'category'>,
): CodeExplanation {
  const base = { apiVersion, kind: 'CodeExplanation', code, ...more } as const;
  return { ...base, shown, means, established, remedy: reportedRemedy(remedy) };
}
