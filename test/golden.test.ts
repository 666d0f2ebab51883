import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runExplain } from '../src/cli/explain/run.ts';
import { servicesText, serviceText } from '../src/cli/service/text.ts';
import { buildCli } from '../src/cli/shell/app.ts';
import { visibleIn } from '../src/cli/shell/foreign-text.ts';
import { helpText } from '../src/cli/shell/help.ts';
import { reportText } from '../src/cli/shell/print.ts';
import { isRouteMap, type Target } from '../src/cli/shell/route.ts';
import { statusText } from '../src/cli/status/text.ts';
import { type ReportKind, reports } from '../src/report/reports.ts';
import type { ServiceReport } from '../src/report/service.ts';
import type { StatusReport } from '../src/report/status.ts';
import { reportTexts } from './support/report-texts.ts';

/**
 * What people read, whole: the help of every command, and what commands print of reports that were recorded in a lab
 * (golden/reports). `npm run golden` writes the texts again; the change of a text is reviewed as a diff.
 */
const folder = join(import.meta.dirname, 'golden');
const { root } = buildCli('0.1.0');

interface Named {
  readonly names: readonly string[];
  readonly target: Target;
}

function commands(target: Target, names: readonly string[] = []): readonly Named[] {
  if (!isRouteMap(target)) return [{ target, names }];
  const inside = target.getAllEntries().filter(({ hidden }) => !hidden);
  return [{ target, names }, ...inside.flatMap(({ name, target: one }) => commands(one, [...names, name.original]))];
}

const helps = commands(root).map(({ target, names }) => {
  return { name: ['isthmus', ...names].join('-'), text: helpText({ target, names }) };
});

function outputs(): readonly { readonly name: string; readonly text: string }[] {
  const recorded = readdirSync(join(folder, 'reports')).map((file) => {
    const value: unknown = JSON.parse(readFileSync(join(folder, 'reports', file), 'utf8'));
    const { kind } = value as { readonly kind: ReportKind };
    const report = reports[kind].parse(value);
    const words = reportTexts[kind];
    if (words === undefined) throw new Error(`${kind} has no words`);
    return { name: basename(file, '.json'), text: words(visibleIn(report) as never, false), report };
  });
  const status = recorded.find(({ name }) => name === 'status')?.report as StatusReport;
  const service = recorded.find(({ name }) => name === 'service')?.report as ServiceReport;
  return [
    ...recorded.map(({ name, text }) => ({ name, text })),
    {
      name: 'status-wide',
      text: statusText(visibleIn(status), { color: false, source: '-f mesh.yaml', columns: 'Wide' }),
    },
    {
      name: 'service-show',
      text: serviceText(visibleIn({ ...service, services: service.services.slice(-1) }), { color: false }),
    },
    {
      name: 'service-wide',
      text: servicesText(visibleIn(service), { color: false, columns: 'Wide' }),
    },
    { name: 'status-yaml', text: reportText(status, 'yaml', () => '') },
    { name: 'explain', text: explained('') },
    { name: 'explain-field', text: explained('meshcluster.spec.gateway') },
  ];
}

function explained(path: string): string {
  let text = '';
  const stdout = (part: string): void => {
    text += part;
  };
  runExplain(path === '' ? undefined : path, {}, { stdout, stderr: stdout, color: false });
  return text;
}

const texts = outputs();

describe('the help', () => {
  test.each(helps)('of $name', async ({ name, text }) => {
    await expect(text).toMatchFileSnapshot(join(folder, 'help', `${name}.txt`));
  });

  test.each(helps)('of $name fits 80 columns', ({ text }) => {
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('the output', () => {
  test.each(texts)('$name', async ({ name, text }) => {
    await expect(text).toMatchFileSnapshot(join(folder, 'output', `${name}.txt`));
  });

  test.each(texts.filter(({ name }) => !name.endsWith('-wide')))('$name has tables of 80 columns', ({ text }) => {
    expect(tableLines(text).filter((line) => line.length > 80)).toEqual([]);
  });
});

test('every kind of report that has words is among them, and no text is left of one that is not', () => {
  const kinds = readdirSync(join(folder, 'reports')).map(
    (file) => (JSON.parse(readFileSync(join(folder, 'reports', file), 'utf8')) as { readonly kind: string }).kind,
  );
  const worded = Object.entries(reportTexts).filter(([, words]) => words !== undefined);
  expect(worded.map(([kind]) => kind).filter((kind) => !kinds.includes(kind))).toEqual([]);
  const files = (of: string): readonly string[] => readdirSync(join(folder, of)).toSorted();
  expect(files('help')).toEqual(helps.map(({ name }) => `${name}.txt`).toSorted());
  expect(files('output')).toEqual(texts.map(({ name }) => `${name}.txt`).toSorted());
});

/** The recorded reports with clusters whose names are as long as they may be, and services with long ones. */
const longNames = readdirSync(join(folder, 'reports')).map((file) => {
  const text = readFileSync(join(folder, 'reports', file), 'utf8')
    .replaceAll(/\bwest\b/g, `${'a-long-name-'.repeat(5)}wes`)
    .replaceAll(/\beast\b/g, `${'a-long-name-'.repeat(5)}eas`)
    .replaceAll(/\bhelloworld\b/g, 'a-service-whose-name-tells-everything');
  const report = reports[(JSON.parse(text) as { readonly kind: ReportKind }).kind].parse(JSON.parse(text));
  return { name: basename(file, '.json'), text: reportTexts[report.kind]?.(visibleIn(report) as never, false) ?? '' };
});

describe('with long names', () => {
  test.each(longNames)('$name has tables of 80 columns', ({ text }) => {
    expect(tableLines(text).filter((line) => line.length > 80)).toEqual([]);
  });

  test('tables without a head have 80 columns too', () => {
    const textOf = (wanted: string): readonly string[] =>
      (longNames.find(({ name }) => name === wanted)?.text ?? '').split('\n');
    const lines = [
      ...textOf('uninstall-dry-run'),
      ...textOf('plan').slice(0, textOf('plan').indexOf('')),
      ...textOf('trace').filter((line) => line.startsWith('    ')),
    ];
    expect(lines.length).toBeGreaterThan(30);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

/** The lines of tables: a head of words in capitals, two spaces apart, and what follows it down to a line without columns. */
function tableLines(text: string): readonly string[] {
  const lines = text.split('\n');
  return lines.filter((_, index) => {
    let head = index;
    while (head >= 0 && /\S {2,}\S/.test(lines[head] ?? '') && !isHead(lines[head] ?? '')) head -= 1;
    return head >= 0 && isHead(lines[head] ?? '');
  });
}

function isHead(line: string): boolean {
  const cells = line.trim().split(/ {2,}/);
  return cells.length > 1 && cells.every((cell) => /^[A-Z][A-Z0-9 (),/]*$/.test(cell));
}
