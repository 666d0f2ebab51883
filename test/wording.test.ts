import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** The shells word remedies; tests and fakes word nothing for users; the catalog quotes what is shown. */
const skipped = /^src\/(cli\/|operator\/|wording\/|diagnose\/catalog\/)|\/testing\/|\.test\.ts$/;

const texts = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;

/** A flag inside a text. A text that is a flag alone is an argument of a program. */
const flag = /[^\s`'"(].*[\s`'"(]--[a-z]/s;

const command =
  /\bisthmus (apply|doctor|join|leave|plan|probe|rbac|render|snapshot|status|trace|trust|uninstall|verify|whatif)\b|\b(kubectl|istioctl|helm) (-|(annotate|apply|create|delete|get|install|label|patch|upgrade)\b)|same command/;

function messagesWithCommands(file: string): readonly string[] {
  // Comments are for readers of the code; their lines are kept for the numbers.
  const code = readFileSync(file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(texts)].flatMap(({ 0: text, index }) => {
    // What is filled in may be an action.
    const words = text.slice(1, -1).replace(/\$\{[^}]*\}/g, 'X');
    const found = flag.test(words) || command.test(words);
    return found ? [`${relative(root, file)}:${code.slice(0, index).split('\n').length}: ${text}`] : [];
  });
}

test('no text below the shells names a flag or a command: what to do is data', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !skipped.test(relative(root, file)));
  expect(files.length).toBeGreaterThan(300);
  expect(files.flatMap(messagesWithCommands)).toEqual([]);
});

test('a flag or a command in a message would be found', () => {
  for (const text of ['run it with --max-delete 5', 'run `isthmus apply` first', 'try kubectl get pods']) {
    expect(flag.test(text) || command.test(text), text).toBe(true);
  }
  for (const text of ['--max-time', '--from-file=a=b', 'the istioctl at /bin/istioctl', 'run the checks again']) {
    expect(flag.test(text) || command.test(text), text).toBe(false);
  }
});
