import { expect, test } from 'vitest';
import { layoutOf } from './mesh-layout.ts';
import { svgOf } from './mesh-svg.ts';

const members = [
  { cluster: 'west', network: 'us' },
  { cluster: 'east', network: 'eu' },
];

const drawn = svgOf({
  layout: layoutOf(members),
  clusters: new Map([
    ['west', { verdict: 'Yes', lines: ['ready', 'istiod 1.31.0'] }],
    ['east', { verdict: 'No', lines: ['not ready', '<script>'] }],
  ]),
  links: [{ from: 'west', to: 'east', verdict: 'No' }],
});

test('the file has every network, cluster and link, with a mark beside each colour', () => {
  for (const text of ['network us', 'network eu', 'west', 'east', '✓ ready', '✕ not ready', 'istiod 1.31.0']) {
    expect(drawn.text).toContain(`>${text}<`);
  }
  expect(drawn.text.match(/<line /g)).toHaveLength(1);
  expect(drawn.text).toContain('>✕</text>');
});

test('no name of a cluster becomes markup', () => {
  expect(drawn.text).toContain('&lt;script&gt;');
  expect(drawn.text).not.toContain('<script');
});

test('nothing stands outside of it', () => {
  const numbers = [...drawn.text.matchAll(/<rect x="(-?\d+)" y="(-?\d+)" width="(\d+)" height="(\d+)"/g)].map((found) =>
    found.slice(1).map(Number),
  );
  for (const [x = 0, y = 0, width = 0, height = 0] of numbers) {
    expect(x + width).toBeLessThanOrEqual(drawn.width - 16);
    expect(y + height).toBeLessThanOrEqual(drawn.height - 16);
  }
  expect(numbers.length).toBe(5);
});
