import { expect, test } from 'vitest';
import { goOnWaiting } from '../base/error.ts';
import { option, remedy, repeat, restart, run } from '../base/remedy.ts';
import { remedyText } from './remedy-text.ts';

test('no time limit is named to those who wait for the operator, which has none', () => {
  expect(remedyText(goOnWaiting)).toBe('wait, because the operator goes on by itself');
});

test('a remedy in which nothing is waited for keeps its words', () => {
  expect(remedyText(remedy`${repeat()}`)).toBe('wait, because the operator tries again by itself');
  expect(remedyText(remedy`give ${option('file', 'FILE')}`)).toBe('give `-f FILE`');
});

test('a command is worded as on the command line, for the documents of the home cluster', () => {
  const parts = remedy`look at ${run('plan')}, ${restart({ cluster: 'west', context: 'my west' }, 'istio-system', 'deployment/istiod')}, or ${run('status', { snapshot: 'FOLDER' })}`;
  expect(remedyText(parts)).toBe(
    "look at `isthmus plan --home CONTEXT`, `kubectl --context 'my west' -n istio-system rollout restart deployment/istiod`, or `isthmus status --snapshot FOLDER`",
  );
  expect(remedyText(remedy`${repeat({ maxDelete: 7 })}`)).toBe('run `isthmus apply --home CONTEXT --max-delete 7`');
});
