import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The file beside the bundle with the licences of what is in it. */
export const thirdPartyFile = 'THIRD-PARTY.txt';

const modules = 'node_modules/';
const rule = '='.repeat(78);

/** What undici carries in turn, without its text: its parser of HTTP is llhttp as WebAssembly. */
const carried: Readonly<Record<string, string>> = {
  undici: `It contains llhttp (MIT).

Copyright Fedor Indutny, 2018.

Permission is hereby granted, free of charge, to any person obtaining a
copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including
without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the
following conditions:

The above copyright notice and this permission notice shall be included
in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS
OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN
NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE
USE OR OTHER DEALINGS IN THE SOFTWARE.`,
};

/** The folders of the packages that these files are of, each once. */
export function packageFolders(files: readonly string[]): readonly string[] {
  const folders = files.flatMap((file) => {
    const at = file.lastIndexOf(modules);
    if (at < 0) return [];
    const parts = file.slice(at + modules.length).split('/');
    const name = parts.slice(0, parts[0]?.startsWith('@') ? 2 : 1).join('/');
    return [`${file.slice(0, at + modules.length)}${name}`];
  });
  return [...new Set(folders)].toSorted();
}

/** Name, version, authors' notices and whole licence of each package. Throws where a package has a licence without a text. */
export async function thirdPartyText(root: string, folders: readonly string[]): Promise<string> {
  const parts = await Promise.all(folders.map((folder) => partOf(join(root, folder))));
  return `${['This program contains the packages below, each under its own licence.', ...parts].join(`\n\n${rule}\n`)}\n`;
}

async function partOf(folder: string): Promise<string> {
  const { name, version, license, author } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    readonly [field: string]: unknown;
  };
  const names = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice|copying|copyrightnotice)/i.test(file));
  const texts = await Promise.all(names.toSorted().map((file) => readFile(join(folder, file), 'utf8')));
  if (texts.length === 0 && license !== 'Apache-2.0') {
    throw new Error(`${String(name)} ${String(version)} is bundled and comes without the text of its licence`);
  }
  const more = carried[String(name)];
  return [
    `${String(name)} ${String(version)} (${String(license)})\n${rule}`,
    ...texts.map((text) => text.replaceAll('\r', '').trim()),
    ...(texts.length === 0 ? [`By ${String(author)}. The text of the Apache License is in the file LICENSE.`] : []),
    ...(more === undefined ? [] : [more]),
  ].join('\n\n');
}
