import { escapedXml } from './xml.ts';

/** A part of a whole, in percent, as a bar shows it. */
export interface Part {
  readonly name: string;
  readonly percent: number;
}

export interface Bar {
  readonly name: string;
  readonly parts: readonly Part[];
}

/** What a page shows of a report, from top to bottom. All texts are plain. */
export interface Page {
  readonly title: string;
  /** One sentence, and how it is to be taken. */
  readonly verdict: string;
  readonly mood: 'Good' | 'Bad' | 'Open';
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Bars of one scale and the same colours; empty where there is nothing to compare. */
  readonly bars: readonly Bar[];
  /** The first row has the titles. */
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

const style = `
  :root { color-scheme: light dark; --line: #8886; --good: #1a7f37; --bad: #cf222e; --open: #9a6700; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  .Good { color: var(--good); } .Bad { color: var(--bad); } .Open { color: var(--open); }
  table { border-collapse: collapse; margin: 1rem 0; } th, td { text-align: left; padding: .3rem 1rem .3rem 0; }
  th { font-weight: 600; } tr { border-bottom: 1px solid var(--line); } td { font-variant-numeric: tabular-nums; }
  .bar { display: flex; height: 1.6rem; overflow: hidden; border-radius: 4px; background: var(--line); }
  .bar span { overflow: hidden; white-space: nowrap; padding-left: .4rem; box-sizing: border-box; color: #fff; }
`;

/** Told apart by people who see no colour too, since each part has its name in it. */
const colors = ['#0969da', '#8250df', '#1a7f37', '#bc4c00', '#bf3989', '#57606a'];

/** A report as one HTML file that asks for nothing else: no script, no font and no picture from anywhere. */
export function htmlPage({ title, verdict, mood, facts, bars, rows, notes }: Page): string {
  const [head = [], ...body] = rows;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapedXml(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    `<h1>${escapedXml(title)}</h1>`,
    `<p class="${mood}"><strong>${escapedXml(verdict)}</strong></p>`,
    table(facts.map(([name, value]) => [`<th scope="row">${escapedXml(name)}</th>`, cell(value)])),
    ...(bars.length === 0 ? [] : [barsHtml(bars)]),
    ...(body.length === 0 ? [] : [table([head.map(headCell), ...body.map((row) => row.map(cell))])]),
    ...notes.map((note) => `<p>${escapedXml(note)}</p>`),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function table(rows: readonly (readonly string[])[]): string {
  return ['<table>', ...rows.map((cells) => `<tr>${cells.join('')}</tr>`), '</table>'].join('\n');
}

function cell(text: string): string {
  return `<td>${escapedXml(text)}</td>`;
}

function headCell(text: string): string {
  return `<th scope="col">${escapedXml(text)}</th>`;
}

function barsHtml(bars: readonly Bar[]): string {
  const names = [...new Set(bars.flatMap(({ parts }) => parts.map(({ name }) => name)))];
  return bars
    .map(({ name, parts }) => {
      const spans = parts.map((part) => partHtml(part, colors[names.indexOf(part.name) % colors.length] ?? ''));
      return `<h2>${escapedXml(name)}</h2>\n<div class="bar">${spans.join('')}</div>`;
    })
    .join('\n');
}

function partHtml({ name, percent }: Part, color: string): string {
  const text = escapedXml(`${name} ${Math.round(percent * 10) / 10}%`);
  return `<span style="width: ${percent}%; background: ${color}" title="${text}">${text}</span>`;
}
