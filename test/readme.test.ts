import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { countElements } from './support/xml.ts';

const root = resolve(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** Two screens of a terminal or an editor, in lines. */
const twoScreens = 80;

function tableOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith('| '));
}

describe('the readme', () => {
  test('states in its first sentence what it is and for whom', () => {
    const [, ...blocks] = readme.split('\n\n');
    const sentence = blocks[0]?.replaceAll('\n', ' ').split(/[.:] /)[0] ?? '';
    expect(sentence).toContain('for platform teams who run Istio in several Kubernetes clusters');
    expect(sentence).toContain('a command line and an operator');
  });

  test('has the commands of an installation within two screens', () => {
    const lines = readme.split('\n').slice(0, twoScreens).join('\n');
    expect(lines).toMatch(/^\$ npm install --global \.\/isthmus-/m);
    expect(lines).toMatch(/^\$ isthmus apply -f mesh\.yaml/m);
    expect(lines).toMatch(/^\$ isthmus verify -f mesh\.yaml/m);
  });

  test('shows a recording of its commands: text that CSS moves, small, without a path of a machine', () => {
    expect(readme).toContain('](docs/images/demo.svg)');
    const picture = readFileSync(join(root, 'docs/images/demo.svg'), 'utf8');
    expect(countElements(picture).text).toBeGreaterThan(20);
    for (const command of ['apply', 'verify', 'status']) expect(picture).toContain(`$ isthmus ${command} -f mesh.yaml`);
    expect(picture.replaceAll(/<[^>]*>/g, '')).toMatch(/4 of 4 checks passed[\s\S]*mesh shop: healthy/);
    expect(picture).toMatch(/animation:c 30s/);
    expect(picture.length).toBeLessThan(40_000);
    expect(picture.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/\/(?:tmp|root|home|var|work|usr)\//);
  });

  test('lists what it does not do yet', () => {
    const [, list = ''] = /## What it does not do yet\n([\s\S]*?)\n## /.exec(readme) ?? [];
    for (const word of ['Vault', 'Federation', 'Ambient']) expect(list).toContain(word);
  });

  test('compares as the page does that has the sources, with a row for each thing that only others do', () => {
    const page = readFileSync(join(root, 'docs/comparison.md'), 'utf8');
    expect(tableOf(readme)).toEqual(tableOf(page));
    expect(page).toMatch(/on 20\d\d-\d\d-\d\d/);
    for (const name of ['istioctl', 'Sail', 'Kiali', 'Admiral']) {
      const [, section = ''] = new RegExp(`## ${name}\\n([\\s\\S]*?)(?=\\n## |$)`).exec(page) ?? [];
      expect(section, name).toMatch(/^Sources?:\s\[[^\]]+\]\(https:/m);
    }
    expect(tableOf(readme).filter((line) => / \| no \|.* yes /.test(line)).length).toBeGreaterThan(3);
  });
});
