import { describe, expect, test } from 'vitest';
import { type PictureOptions, pictureOf, type RecordedLine, withLine } from '../scripts/demo/recording.ts';
import { countElements } from './support/xml.ts';

const options: PictureOptions = { title: 'a & b', columns: 20, rows: 3, seconds: 10, longestPauseMs: 1000 };

/** The steps of an animation: when, in percent, and by how many lines. */
function steps(picture: string, name: string): readonly (readonly [percent: number, lines: number])[] {
  const [, body = ''] = new RegExp(`@keyframes ${name}\\{(.*)\\}$`, 'm').exec(picture) ?? [];
  return [...body.matchAll(/([\d.]+)%\{transform:translateY\((-?\d+)px\)\}/g)].map(([, percent, pixels]) => [
    Number(percent),
    Number(pixels) / 18,
  ]);
}

describe('the picture of a recording', () => {
  test('shows its lines one after the other, with a long pause cut, and moves up where the screen is full', () => {
    const texts = ['one', 'two', 'three', 'four'];
    const lines = texts.map((text, index) => ({ atMs: [0, 500, 60_500, 60_500][index] ?? 0, text }));
    const picture = pictureOf(lines, options);
    // 0, 0.5 s, then one second of the minute: 88 % of the time is for 1.5 seconds.
    expect(steps(picture, 'c')).toEqual([
      [0, 1],
      [29.33, 2],
      [88, 4],
    ]);
    expect(steps(picture, 's').map(([, up]) => up + 0)).toEqual([0, 0, -1]);
    expect(countElements(picture)).toMatchObject({ text: 4, style: 1, title: 1 });
  });

  test('keeps the colours of the command line, and writes what XML reads otherwise', () => {
    const picture = pictureOf([{ atMs: 0, text: '\u001b[32mok\u001b[0m <&> \u001b[1mbold\u001b[0m' }], options);
    expect(picture).toContain('<tspan class="g">ok</tspan> &lt;&amp;&gt; <tspan class="o">bold</tspan></text>');
    expect(picture).toContain('<title>a &amp; b</title>');
  });

  test('breaks a line that is wider than its terminal', () => {
    const picture = pictureOf([{ atMs: 0, text: `\u001b[2m${'a'.repeat(25)}\u001b[0m` }], options);
    expect([...picture.matchAll(/<text y="\d+">(a+)<\/text>/g)].map(([, text = '']) => text.length)).toEqual([20, 5]);
  });

  test('is for light and dark, and stands still for whoever wants no animation', () => {
    const picture = pictureOf([{ atMs: 0, text: 'x' }], options);
    expect(picture).toContain('prefers-color-scheme:dark');
    expect(picture).toContain('prefers-reduced-motion:reduce');
  });
});

test('lines that are drawn again leave only what stays', () => {
  const sent = [
    'one\r',
    'west  ██░░  waiting\r',
    '\r\u001b[1A\u001b[Jtwo\r',
    'west  ████  done\r',
    '\r\u001b[1A\u001b[Jthree\r',
  ];
  const lines = sent.reduce<readonly RecordedLine[]>((all, text, atMs) => withLine(all, { atMs, text }), []);
  expect(lines).toEqual([
    { atMs: 0, text: 'one' },
    { atMs: 2, text: 'two' },
    { atMs: 4, text: 'three' },
  ]);
});
