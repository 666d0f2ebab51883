import { describe, expect, test } from 'vitest';
import { type Confirmation, confirm } from './confirm.ts';

const asked: Confirmation = {
  word: 'shop',
  deed: 'remove all this',
  yes: false,
  interactive: true,
  signal: new AbortController().signal,
};

describe('a deed that cannot be undone', () => {
  test('is done when the word is typed', async () => {
    const questions: string[] = [];
    const ask = (question: string): Promise<string> => {
      questions.push(question);
      return Promise.resolve(' shop ');
    };
    await confirm(asked, ask);
    expect(questions).toEqual(['Type shop to remove all this: ']);
  });

  test('is not done for any other answer', async () => {
    await expect(confirm(asked, () => Promise.resolve('yes'))).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('is not done where nobody can be asked, unless --yes says so', async () => {
    const ask = (): Promise<string> => Promise.reject(new Error('asked'));
    await expect(confirm({ ...asked, interactive: false }, ask)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('nothing was changed'),
      remedy: expect.stringContaining('run the same command with --yes'),
    });
    await expect(confirm({ ...asked, interactive: false, yes: true }, ask)).resolves.toBeUndefined();
  });
});
