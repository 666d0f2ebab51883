import { expect, test } from 'vitest';
import type { Loss } from '../../engine/options.ts';
import type { CliContext } from '../shell/context.ts';
import { askAboutLosses } from './ask.ts';

const losses: readonly Loss[] = [
  {
    cluster: 'west',
    action: 'Change',
    object: { apiVersion: 'v1', kind: 'Service', namespace: 'istio-system', name: 'gateway' },
    loss: 'its load balancer releases the address 203.0.113.7',
  },
  {
    cluster: 'east',
    action: 'Delete',
    object: { apiVersion: 'v1', kind: 'Secret', namespace: 'istio-system', name: 'old\u001b[2J' },
  },
];

function scene(answer: string, { isTTY = true, isTyped = true, yes = false } = {}) {
  const shown: string[] = [];
  const asked: string[] = [];
  const terminal = { stdout: () => undefined, stderr: (text: string) => void shown.push(text), color: false };
  const context = { isTTY, signal: new AbortController().signal } as CliContext;
  const ask = async (question: string): Promise<string> => {
    asked.push(question);
    return answer;
  };
  return { approve: askAboutLosses({ yes }, { context, terminal }, { isTyped, ask }), shown, asked };
}

test('shows each loss as a plan does, and goes on after yes', async () => {
  const { approve, shown, asked } = scene('yes');
  await approve?.(losses);
  expect(shown.join('')).toBe(
    'west: ~ Service istio-system/gateway: its load balancer releases the address 203.0.113.7\n' +
      'east: - Secret istio-system/old\uFFFD[2J\n',
  );
  expect(asked).toEqual(['Type yes to delete 1 object and release 1 address: ']);
});

test('ends with nothing changed after any other answer', async () => {
  const { approve } = scene('y');
  await expect(approve?.(losses)).rejects.toMatchObject({
    code: 'cancelled',
    message: 'the answer was not yes; nothing was changed',
  });
});

test('asks nobody with --yes, in a pipe, or where nobody types', () => {
  expect(scene('', { yes: true }).approve).toBeUndefined();
  expect(scene('', { isTTY: false }).approve).toBeUndefined();
  expect(scene('', { isTyped: false }).approve).toBeUndefined();
});
