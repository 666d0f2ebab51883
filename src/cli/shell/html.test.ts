import { expect, test } from 'vitest';
import { htmlPage, type Page } from './html.ts';

const page: Page = {
  title: 'reviews to east',
  verdict: 'running',
  mood: 'Open',
  facts: [['service', 'reviews.sample']],
  bars: [{ name: 'from west', parts: [{ name: 'east', percent: 33.333 }] }],
  rows: [['STEP'], ['1']],
  notes: ['a note'],
};

test('what others wrote stays text, wherever it stands', () => {
  const evil = `<script>alert("1")</script>' onload='x`;
  const html = htmlPage({
    title: evil,
    verdict: evil,
    mood: 'Bad',
    facts: [[evil, evil]],
    bars: [{ name: evil, parts: [{ name: evil, percent: 50 }] }],
    rows: [[evil], [evil]],
    notes: [evil],
  });
  expect(html).not.toContain('<script');
  expect(html).not.toContain(`' onload='`);
  expect(html.split('&lt;script&gt;').length - 1).toBe(11);
});

test('it names no other file, and runs nothing', () => {
  const html = htmlPage(page);
  expect(html).not.toMatch(/https?:|src=|href=|url\(|<script|<link/);
  expect(html).toContain("default-src 'none'");
});

test('bars have the width of their part, and a table its titles', () => {
  const html = htmlPage(page);
  expect(html).toContain('<span style="width: 33.333%; background: #0969da" title="east 33.3%">east 33.3%</span>');
  expect(html).toContain('<tr><th scope="col">STEP</th></tr>\n<tr><td>1</td></tr>');
});

test('a report without steps has no second table', () => {
  expect(htmlPage({ ...page, bars: [], rows: [['STEP']] }).match(/<table>/g)).toHaveLength(1);
});
