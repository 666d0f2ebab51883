import { describe, expect, test } from 'vitest';
import type { Finding } from '../../base/finding.ts';
import { countFindings, renderFindings } from './finding-text.ts';

const plain = { color: false };
const finding: Finding = {
  code: 'key-unknown',
  severity: 'error',
  message: 'MeshCluster west: unknown key spec.netwrok',
  remedy: 'did you mean network?',
  at: { file: 'mesh.yaml', line: 12, column: 3, length: 7, text: '  netwrok: us' },
};

describe('renderFindings', () => {
  test('shows place, line, caret and hint, and counts', () => {
    expect(renderFindings([finding, { ...finding, severity: 'warning' }], plain)).toBe(
      `mesh.yaml:12:3 error: MeshCluster west: unknown key spec.netwrok [key-unknown]
  12 |   netwrok: us
     |   ^^^^^^^
  hint: did you mean network?

mesh.yaml:12:3 warning: MeshCluster west: unknown key spec.netwrok [key-unknown]
  12 |   netwrok: us
     |   ^^^^^^^
  hint: did you mean network?

1 error, 1 warning
`,
    );
  });

  test('a command that mends several findings of a cluster is shown once, below them', () => {
    const { at: _, ...named } = finding;
    const one: Finding = { ...named, cluster: 'west', message: 'wrong name', remedy: 'install it again' };
    const text = renderFindings([one, { ...one, message: 'wrong network' }, { ...one, cluster: 'east' }], plain);
    expect(text).toBe(
      `error: west: wrong name [key-unknown]

error: west: wrong network [key-unknown]
  hint: install it again

error: east: wrong name [key-unknown]
  hint: install it again

3 errors
`,
    );
  });

  test('nothing found is no text', () => {
    expect(renderFindings([], plain)).toBe('');
    expect(countFindings([])).toBe('no findings');
    expect(countFindings([finding, finding, finding])).toBe('3 errors');
  });

  test('colours only when asked', () => {
    expect(renderFindings([finding], { color: true })).toContain('\u001B[31;1merror:\u001B[0m');
    expect(renderFindings([finding], plain)).not.toContain('\u001B');
  });

  test('a finding without a place names its cluster', () => {
    const { at: _, ...rest } = finding;
    expect(renderFindings([{ ...rest, cluster: 'west', message: 'no gateway' }], plain)).toContain(
      'error: west: no gateway [key-unknown]\n  hint: ',
    );
  });

  test('a long line is cut around the caret', () => {
    const text = `${'a '.repeat(2500)}HERE${' b'.repeat(2500)}`;
    const lines = renderFindings([{ ...finding, at: { ...at(), column: 5001, length: 4, text } }], plain).split('\n');
    expect(lines[1]?.length).toBeLessThan(120);
    expect(lines[2]?.indexOf('^')).toBe(lines[1]?.indexOf('HERE'));
    expect(lines[2]?.trimEnd().endsWith('^^^^')).toBe(true);
  });

  test('what may be a key or a token is covered, and columns stay right', () => {
    const key = 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgx8cV4WlU+Yq3aL0tqzJr';
    const text = `  key: ${key}, netwrok: us`;
    const column = text.indexOf('netwrok') + 1;
    const lines = renderFindings([{ ...finding, at: { ...at(), column, length: 7, text } }], plain).split('\n');
    expect(lines.join('\n')).not.toContain(key.slice(0, 12));
    expect(lines[2]?.indexOf('^')).toBe(lines[1]?.indexOf('netwrok'));
  });

  test('the caret stands below wide characters and tabs', () => {
    const lines = renderFindings([{ ...finding, at: { ...at(), column: 4, length: 2, text: '\t西a日本' } }], plain);
    expect(lines).toContain('12 |  西a日本\n     |     ^^^^\n');
  });

  test('what would steer a terminal is replaced', () => {
    const text = 'name: \u001B[2J\u202Eevil';
    const shown = renderFindings([{ ...finding, message: 'a\u001B]0;b\u0007\nc', at: { ...at(), text } }], plain);
    for (const steering of ['\u001B', '\u202E', '\u0007']) expect(shown).not.toContain(steering);
    expect(shown.split('\n')[0]).toContain('c [key-unknown]');
  });
});

function at() {
  return { file: 'mesh.yaml', line: 12, column: 1, length: 1, text: '' };
}
