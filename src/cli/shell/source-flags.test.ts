import { expect, test } from 'vitest';
import { parseContext } from './flags.ts';
import { contextsOf, namesOf, sourceFlags } from './source-flags.ts';

test('a proposed command names the mesh so that a shell takes it', () => {
  expect(sourceFlags({ file: 'mesh.yaml' })).toBe('-f mesh.yaml');
  expect(sourceFlags({ file: "my mesh's.yaml" })).toBe("-f 'my mesh'\\''s.yaml'");
  expect(sourceFlags({ home: 'arn:aws:eks/one' })).toBe('--home arn:aws:eks/one');
  expect(sourceFlags({})).toBe('');
});

test('standard input was read already: the reader has its file', () => {
  expect(sourceFlags({ file: '-' })).toBe('-f FILE');
});

test('what was given beside a home is named again, and reads back', () => {
  const context = ['east=arn:aws:eks:eu/one=two', 'bank=$(id)'];
  expect(sourceFlags({ home: 'west', context, accept: ['https://charts.example'] })).toBe(
    "--home west --context east=arn:aws:eks:eu/one=two --context 'bank=$(id)' --accept https://charts.example",
  );
  const contexts = contextsOf(context.map(parseContext));
  expect(contexts).toEqual({ east: 'arn:aws:eks:eu/one=two', bank: '$(id)' });
  expect(namesOf({ home: 'west', contexts }).context).toEqual(context);
});

test.each(['east', '=east', 'east='])('%s names no context for a cluster', (text) => {
  expect(() => parseContext(text)).toThrow('names no context');
});
