import { run } from '@stricli/core';
import { expect, test } from 'vitest';
import { buildCli, parsedWords } from './app.ts';

/** What the command line prints before any command runs. */
async function said(...argv: readonly string[]): Promise<string> {
  let text = '';
  const write = (chunk: string): void => {
    text += chunk;
  };
  const process = { stdout: { write }, stderr: { write }, env: {} };
  const signal = new AbortController().signal;
  await run(buildCli('0.0.0'), parsedWords(argv), {
    process,
    isTTY: false,
    signal,
    version: '0.0.0',
    outcome: { code: 0 },
  });
  return text;
}

test('help lists the commands, and with a command its flags', async () => {
  expect(await said('help')).toMatch(/COMMANDS[\s\S]*plan/);
  expect(await said('help', 'plan')).toMatch(/isthmus plan[\s\S]*--exit-code/);
});

test.each([['install'], ['aply'], ['uninstal'], ['leav'], ['joinn'], ['helpp'], ['delete']])(
  '%s leads to no command that writes',
  async (word) => {
    const text = await said(word);
    expect(text).toMatch(/^error: there is no command/);
    expect(text).not.toMatch(/did you mean (apply|join|leave|uninstall|renew)/);
    expect(text).toContain('hint: `isthmus help` lists the commands');
  },
);

test('a slip of the finger in a command that only reads is corrected', async () => {
  expect(await said('statsu')).toContain('did you mean status?');
  expect(await said('plam')).toContain('did you mean plan?');
});

test('an unknown flag is an error, and no other flag is proposed for one that is not near', async () => {
  const text = await said('apply', '--sure');
  expect(text).toMatch(/^error: No flag registered for --sure\nhint: /);
  expect(text).not.toContain('--helm');
  expect(await said('status', '--x')).toMatch(/^error: No flag registered for --x\nhint: /);
});
