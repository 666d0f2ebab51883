/** A line of a recording as a terminal shows it, and when it came, in milliseconds from the start. */
export interface RecordedLine {
  readonly atMs: number;
  /** With the colours of the command line. */
  readonly text: string;
}

export interface PictureOptions {
  readonly title: string;
  readonly columns: number;
  readonly rows: number;
  /** How long the picture plays before it begins again, in seconds. */
  readonly seconds: number;
  /** A pause is shown for as long at most, in milliseconds. */
  readonly longestPauseMs: number;
}

const lineHeight = 18;
const columnWidth = 8.4;
const padding = 14;
/** The part of the time for which the end is shown. */
const rest = 0.12;

/** Colours of the command line by their codes (src/cli/shell/terminal.ts), as classes of the picture. */
const classes: Readonly<Record<string, string>> = { 1: 'o', 2: 'd', 31: 'r', 32: 'g', 33: 'y', 34: 'l' };

/**
 * A recording as a picture that plays: text in SVG, moved by CSS alone, for light and dark. Lines come one after the
 * other, as they did, with long pauses cut; where the screen is full the text moves up. Without animations the end is
 * shown.
 */
export function pictureOf(lines: readonly RecordedLine[], options: PictureOptions): string {
  const { title, columns, rows, seconds } = options;
  const folded = lines.flatMap(({ atMs, text }) => foldedLine(text, columns).map((part) => ({ atMs, text: part })));
  const times = timesOf(folded, options);
  const width = Math.ceil(columns * columnWidth) + 2 * padding;
  const height = rows * lineHeight + 2 * padding;
  const last = folded.length;
  // Lines that come at one time are one step, the last of them.
  const frames = new Map(times.map((time, index) => [time.toFixed(2), index + 1]));
  const steps = (value: (shown: number) => number): string =>
    [...frames].map(([time, shown]) => `${time}%{transform:translateY(${value(shown) * lineHeight}px)}`).join('');
  const up = (shown: number): number => -Math.max(0, shown - rows);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
svg{--b:#f6f8fa;--t:#24292f;--d:#6e7781;--r:#cf222e;--g:#1a7f37;--y:#9a6700;--l:#0969da}
@media(prefers-color-scheme:dark){svg{--b:#161b22;--t:#e6edf3;--d:#8b949e;--r:#ff7b72;--g:#3fb950;--y:#d29922;--l:#58a6ff}}
.b{fill:var(--b)}text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:var(--t);white-space:pre}
.o{font-weight:600}.d{fill:var(--d)}.r{fill:var(--r)}.g{fill:var(--g)}.y{fill:var(--y)}.l{fill:var(--l)}
.s{transform:translateY(${up(last) * lineHeight}px);animation:s ${seconds}s step-end infinite}
.c{transform:translateY(${last * lineHeight}px);animation:c ${seconds}s step-end infinite}
@keyframes s{${steps(up)}}
@keyframes c{${steps((shown) => shown)}}
@media(prefers-reduced-motion:reduce){.s,.c{animation:none}}
</style>
<rect class="b" width="${width}" height="${height}" rx="8"/>
<svg aria-hidden="true" x="${padding}" y="${padding}" width="${width - 2 * padding}" height="${rows * lineHeight}"><g class="s">
${folded.map(({ text }, index) => `<text y="${index * lineHeight + 14}">${spansOf(text)}</text>`).join('\n')}
<rect class="b c" width="${width}" height="${(last + rows) * lineHeight}"/>
</g></svg>
</svg>
`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is sent is what is read
const erasure = /^\r?\u001b\[(\d+)A\u001b\[J/;

/** The lines after one more line of a terminal's stream, which may begin by taking the last ones away, to draw them again. */
export function withLine(lines: readonly RecordedLine[], { atMs, text }: RecordedLine): readonly RecordedLine[] {
  const found = erasure.exec(text);
  if (found === null) return [...lines, { atMs, text: text.replace(/\r$/, '') }];
  const [kept, rest] = [lines.slice(0, lines.length - Number(found[1])), text.slice(found[0].length)];
  return rest === '' ? kept : withLine(kept, { atMs, text: rest });
}

/** When each line is shown, in percent of the whole: the pauses as they were, but for what is too long of them. */
function timesOf(lines: readonly RecordedLine[], { longestPauseMs }: PictureOptions): readonly number[] {
  let before = 0;
  let shown = 0;
  const times = lines.map(({ atMs }) => {
    shown += Math.min(longestPauseMs, Math.max(0, atMs - before));
    before = atMs;
    return shown;
  });
  const whole = Math.max(1, shown);
  return times.map((time) => (time / whole) * 100 * (1 - rest));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a terminal are what is read
const color = /\u001b\[(\d+)m/g;

interface Span {
  readonly name: string;
  readonly text: string;
}

/** The parts of a line by their colour; a colour holds until the next one or its end. */
function parse(line: string): readonly Span[] {
  const spans: Span[] = [];
  let name = '';
  let from = 0;
  for (const { 0: code, 1: number = '', index } of line.matchAll(color)) {
    spans.push({ name, text: line.slice(from, index) });
    name = classes[number] ?? '';
    from = index + code.length;
  }
  return [...spans, { name, text: line.slice(from) }].filter(({ text }) => text !== '');
}

function spansOf(line: string): string {
  return parse(line)
    .map(({ name, text }) => (name === '' ? escaped(text) : `<tspan class="${name}">${escaped(text)}</tspan>`))
    .join('');
}

/** A line that the terminal breaks: without its colours, in parts of its columns. */
function foldedLine(line: string, columns: number): readonly string[] {
  const bare = line.replace(color, '');
  if (bare.length <= columns) return [line];
  return Array.from({ length: Math.ceil(bare.length / columns) }, (_, index) =>
    bare.slice(index * columns, (index + 1) * columns),
  );
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
