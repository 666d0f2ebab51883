import { type Finding, positionOf } from '../../base/finding.ts';
import { check } from '../check/check.ts';
import type { MeshReading } from '../declared.ts';
import { sourceText } from './source.ts';
import { readStream } from './stream.ts';
import { positionOfSpot, textForm } from './text-form.ts';

/**
 * A mesh file as what it declares, or as everything that is wrong with it, each finding with its place in the file.
 * Never throws, whatever the text; `fileName` is only shown. The order of the documents does not matter,
 * but that of the clusters is kept and makes the first the home where `spec.home` is left out.
 */
export function readText(text: string, fileName: string): MeshReading {
  const source = sourceText(fileName, text.replace(/^\uFEFF/, ''));
  const { documents, findings: syntax } = readStream(source);
  const { declared, mistakes } = check(
    documents.map((document) => document?.value),
    textForm(source, documents),
  );
  const judged = mistakes.map(({ spot, ...mistake }): Finding => {
    return { ...mistake, severity: 'error', at: positionOfSpot(source, documents, spot) };
  });
  const findings = [...syntax, ...judged].toSorted(byPosition);
  const isNone = declared === undefined || syntax.some(({ severity }) => severity === 'error');
  return isNone ? { findings } : { declared, findings };
}

function byPosition(a: Finding, b: Finding): number {
  const [left, right] = [positionOf(a), positionOf(b)];
  return (left?.line ?? 0) - (right?.line ?? 0) || (left?.column ?? 0) - (right?.column ?? 0);
}
