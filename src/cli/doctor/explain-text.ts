import type { CodeExplanation } from '../../report/doctor.ts';
import { remedyText } from '../shell/remedy-text.ts';

/** What a code stands for, as docs/errors.md has it. */
export function explanationText({ code, category, shown, means, established, remedy }: CodeExplanation): string {
  const parts = [
    category === undefined ? code : `${code} (${category})`,
    `    ${shown}`,
    means,
    `How it is established: ${established}`,
    `What to do: ${remedyText(remedy, { source: '' })}.`,
  ];
  return `${parts.join('\n\n')}\n`;
}
