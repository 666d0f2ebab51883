import { conceal } from '../../base/conceal.ts';
import { type Finding, type Position, positionOf, type Severity } from '../../base/finding.ts';
import { visible } from './foreign-text.ts';
import { remedyText } from './remedy-text.ts';
import { paint } from './terminal.ts';

export interface FindingTextOptions {
  /** True writes ANSI colour codes. */
  readonly color: boolean;
  /** The flags that name the mesh again, for remedies; left out, none. */
  readonly source?: string;
}

/** Columns of a long line that are shown around the caret. */
const window = 100;

const styles: Readonly<Record<Severity | 'place' | 'caret', string>> = {
  error: '31;1',
  warning: '33;1',
  info: '36;1',
  place: '1',
  caret: '32;1',
};

type Paint = (style: keyof typeof styles, text: string) => string;

/**
 * Findings as text for people, each with its line and a caret under what is meant, then one line that counts them.
 * Empty for no findings; otherwise it ends with a line break. Characters that would steer a terminal are replaced.
 */
export function renderFindings(findings: readonly Finding[], options: FindingTextOptions): string {
  if (findings.length === 0) return '';
  const styled: Paint = (style, text) => (options.color ? `\u001B[${styles[style]}m${text}\u001B[0m` : text);
  const hintOf = ({ remedy }: Finding): string => remedyText(remedy, { source: options.source ?? '' });
  // One command may mend several findings of a cluster in a row: it stands below the last of them.
  const isShared = (one: Finding, next: Finding | undefined): boolean =>
    next !== undefined && one.at === undefined && one.cluster === next.cluster && hintOf(one) === hintOf(next);
  const texts = findings.map((one, index) =>
    renderFinding(one, styled, isShared(one, findings[index + 1]) ? '' : hintOf(one)),
  );
  return `${texts.join('\n')}\n${countFindings(findings)}\n`;
}

/** What stands before a finding of a severity. */
export function markOf({ severity, confidence }: Pick<Finding, 'severity' | 'confidence'>, color: boolean): string {
  if (confidence === 'Unknown') return paint('?', 'yellow', color);
  if (severity === 'error') return paint('!', 'red', color);
  return paint('-', severity === 'warning' ? 'yellow' : 'dim', color);
}

/** A finding among others, in two lines: what is wrong where, and what to do. */
export function findingLines(
  { cluster, message, code, remedy }: Pick<Finding, 'cluster' | 'message' | 'code' | 'remedy'>,
  mark: string,
  { source }: { readonly source: string },
): readonly string[] {
  const where = cluster === undefined ? '' : `${visible(cluster)}: `;
  const hint = remedyText(remedy, { source });
  return [`${mark} ${where}${visible(message)} [${code}]`, ...(hint === '' ? [] : [`  ${visible(hint)}`])];
}

/** `3 errors, 1 warning`; what there is none of is left out. */
export function countFindings(findings: readonly Finding[]): string {
  const parts: string[] = [];
  for (const [severity, plural] of [
    ['error', 'errors'],
    ['warning', 'warnings'],
    ['info', 'notes'],
  ] as const) {
    const count = findings.filter((finding) => finding.severity === severity).length;
    if (count > 0) parts.push(`${count} ${count > 1 ? plural : plural.slice(0, -1)}`);
  }
  return parts.length === 0 ? 'no findings' : parts.join(', ');
}

function renderFinding(finding: Finding, styled: Paint, hint: string): string {
  const at = positionOf(finding);
  const place = at === undefined ? '' : `${styled('place', `${visible(at.file)}:${at.line}:${at.column}`)} `;
  const cluster = finding.cluster === undefined ? '' : `${visible(finding.cluster)}: `;
  const head = `${place}${styled(finding.severity, `${finding.severity}:`)} ${cluster}${visible(finding.message)}`;
  const lines = [`${head} [${finding.code}]`];
  if (at !== undefined && at.text.trim() !== '') lines.push(...renderLine(at, styled));
  if (hint !== '') lines.push(`  hint: ${visible(hint)}`);
  return `${lines.join('\n')}\n`;
}

/** The line, cut to a window where it is long, and the caret line below it. */
function renderLine(at: Position, styled: Paint): string[] {
  const number = String(at.line);
  // Somebody may have given a kubeconfig or a Secret instead of a mesh file, or a key instead of a path.
  const text = conceal(at.text);
  const from = at.column - 1 > window - 20 ? at.column - 1 - 20 : 0;
  const to = from + window;
  const before = `${from > 0 ? '…' : ''}${visible(text.slice(from, at.column - 1))}`;
  const meant = visible(text.slice(at.column - 1, Math.min(at.column - 1 + at.length, to)));
  const after = visible(text.slice(Math.min(at.column - 1 + at.length, to), to));
  const end = text.length > to ? '…' : '';
  const caret = '^'.repeat(Math.max(1, widthOf(meant)));
  return [
    `  ${number} | ${before}${meant}${after}${end}`,
    `  ${' '.repeat(number.length)} | ${' '.repeat(widthOf(before))}${styled('caret', caret)}`,
  ];
}

/** Columns of a text on a terminal: combining marks take none, East Asian wide characters and emoji two. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    width +=
      /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
