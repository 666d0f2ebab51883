import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** What people read: documents, texts, comments and the names of tests. */
const places = ['src', 'docs', 'test', 'lab', 'bench', 'scripts', 'examples', 'charts'];
const files = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CODE_OF_CONDUCT.md'];

/** This list, licence texts, and reports that were recorded. */
const skipped =
  /^test\/words\.test\.ts$|^scripts\/third-party\.ts$|^test\/golden\/reports\/|node_modules|^lab\/(cache|tools)\//;

/** Words that this project does not write, and what it writes in their place. */
const words: readonly (readonly [pattern: RegExp, better: string])[] = [
  [/\banew\b/i, 'again, recreated, restarted'],
  [/\b(?:is|are) said\b/i, 'is reported, named, listed'],
  [/\bcame of\b/i, 'the results of'],
  [/\bstands? against\b/i, 'blocks, keeps from'],
  [/\bby way of\b/i, 'through, by'],
  [/\bany more\b/i, 'no longer'],
  [/\bmade again\b/i, 'recreated, repeated'],
  [/\bshall\b/i, 'must, is'],
  [/\bput aside\b/i, 'ejected'],
  [/\d+ as they should be\b/i, '55 unchanged'],
  [/\bwants it otherwise\b/i, 'differs from the mesh file'],
  [/\bas far as services and callers are there\b/i, 'no change for existing services'],
  [/\bnobody can be asked here\b/i, 'not a terminal: pass --yes to confirm'],
  [/\bwas not typed\b/i, 'the answer was not'],
  [/\btold by the istiod of\b/i, 'configured by istiod in'],
  [/\btrust is whole\b/i, 'trust is OK'],
  [/\bISTIOD SIGNS WITH\b/, 'SIGNING'],
  [/\bPEERS\(CONF/i, 'PEERS'],
  [/\bwhat it knows of \S+ may be old\b/i, 'its endpoints for east may be stale'],
  [/\bpasses it to nobody\b/i, 'accepts the connection, then drops it'],
  [/\bwhat is under way is being finished\b/i, 'stopping after the writes in flight'],
  [/\broot was made now\b/i, 'created the root CA'],
  [/\bno mesh is named(?:['`, ]|$)/i, 'no mesh file is given'],
  [/\bis no (?:part of a mesh|HOST:PORT|plan that)\b/i, 'expected …, not …'],
  [/\basserts nothing\b/i, 'expected unreachable=N or degraded=N'],
  [/\bis of 1\.\d/i, 'is version 1.31.0'],
  [/\bthat are there do not fit\b/i, 'existing certificates'],
  [/\bgives up the address\b/i, 'releases the address'],
  [/\bis called \S+ any more\b/i, 'is no longer in the mesh file'],
  [/\blabels taken back\b/i, 'labels removed'],
  [/\bMake the clusters what\b/, 'Apply the mesh file to every cluster'],
  [/\bTake everything out again\b/i, 'Remove, uninstall'],
  [/\bPredict what becomes of\b/i, "Predict a request's path"],
  [/\bThe form of the result\b/i, 'Output format'],
  [/\bempty or not there yet\b/i, 'new or empty'],
  [/\bwaits and waits\b/i, 'hangs'],
  [/\btoken that is none\b/i, 'an invalid token'],
  [/\bare nobody's business\b/i, 'are ignored'],
  [/\bOne cluster more, one cluster less\b/i, 'Add or remove a cluster'],
  [/\bAdopt an Istio that is there\b/i, 'adopt an existing Istio'],
  [/^#+ What hangs$/im, 'Stuck deletions'],
  [/\bexists? already (?:is|are) used on\b/i, 'open connections stay where they are'],
  [/\bafter nobody is sent\b/i, 'after traffic stops'],
  [/\bthe time was up\b/i, 'timed out'],
  [/\bwaiting whether\b/i, 'waiting for it to'],
  [/\bmade anew by\b/i, 'recreated by'],
  [/\bnames no two networks\b/i, 'does not name two networks'],
  [/\bis gone for good: leave\b/i, 'is permanently gone'],
  [/\btakes one application apart\b/i, 'spreads one application'],
  [/\bsomebody else\b/i, 'someone else, another owner'],
  [/\b(?:is|are|was|were|been) told\b/i, 'is reported, gets, knows'],
  [/\btaken? back\b/i, 'removed, restored, rolled back, revoked'],
  [/\bnobody can say\b/i, 'not tested, not known'],
  [/\bnot in the prediction:/i, 'could not read …; it is missing from this prediction'],
  [/\bON IT\b/, 'ON CURRENT CA'],
  [/\bscaled to 0 or is out of reach\b/i, 'the one that is true'],
  [/\bwaits: \S+ keeps\b/i, 'after: the issuer is stored in'],
  [/\bwaiting: \S+ is ready\b/i, 'waiting for'],
  [/\bonly look, and\b/i, 'check only'],
  [/\bInstead of a file: the context\b/i, 'read the mesh from the home cluster at this context'],
  [/\bnew one is had\b/i, 'a refresh'],
  [/\bthe same look, then\b/i, 'runs the same checks, then'],
  [/\bmesh (?:does not|no longer) wants? it\b/i, 'no longer in the mesh file'],
  [/\bis called \S+ any longer\b/i, 'is no longer in the mesh file'],
  [/\blet it leave the mesh\b/i, 'take it out of the mesh'],
  [/\bWhat it is, is\b/i, 'the output names it'],
  [/\bbusiness here\b/i, 'is ignored'],
  [/\banother Istio {2,}stays\b/i, 'kept: another Istio'],
  [/\blet(?:s|ting)? \S+ leave\b/i, 'remove from the mesh, allow to leave'],
];

function textFiles(): readonly string[] {
  const inside = places.flatMap((place) =>
    readdirSync(join(root, place), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|md|yaml|txt)$/.test(entry.name))
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
  return [...files, ...inside].filter((file) => !skipped.test(file));
}

function findings(text: string, file: string): readonly string[] {
  return text.split('\n').flatMap((line, index) =>
    words.flatMap(([pattern, better]) => {
      const found = pattern.exec(line);
      return found === null ? [] : [`${file}:${index + 1}: "${found[0]}", better: ${better}`];
    }),
  );
}

test('no text has a word of the list', () => {
  const all = textFiles();
  expect(all.length).toBeGreaterThan(1000);
  expect(all.flatMap((file) => findings(readFileSync(join(root, file), 'utf8'), file))).toEqual([]);
});

test('a word of the list would be found, with its place and what to write', () => {
  expect(findings('fine\nan object that was made anew', 'a.md')).toEqual([
    'a.md:2: "anew", better: again, recreated, restarted',
  ]);
  expect(findings('west  +0  ~1  -0  55 as they should be', 'b.txt')).toEqual([
    'b.txt:1: "55 as they should be", better: 55 unchanged',
  ]);
});

/** What a newcomer stumbled over, word for word: the list is to find each. */
const phrases = [
  '55 as they should be',
  'the mesh wants it otherwise',
  'the mesh does not want it any more',
  'nothing, as far as services and callers are there already',
  'nothing stands against c joining mesh books; compared with a, b',
  'nobody can say whether pods of a reach the API server they need',
  'nobody can be asked here whether to let c leave mesh books',
  'books was not typed; nothing was changed',
  'told by the istiod of west',
  'not in the prediction: east was not read: …',
  'trust is whole',
  'ISTIOD SIGNS WITH  it',
  'ON IT',
  'PEERS(CONF/SYNCED)  1/0 of 1',
  'it does not exist, is scaled to 0 or is out of reach',
  'what it knows of east may be old',
  'takes the connection and passes it to nobody',
  'waits: a keeps the issuer',
  'waiting: west is ready for traffic',
  'interrupted: what is under way is being finished; once more ends it at once',
  "The mesh's root was made now.",
  'error: no mesh is named',
  '"west" is no part of a mesh',
  '"helloworld" is no HOST:PORT',
  '"foo=0" asserts nothing',
  'the istioctl at … is of 1.31.0',
  'the certificates that are there do not fit the mesh',
  'its load balancer gives up the address 198.19.0.32',
  'no cluster of the mesh is called east any more',
  'labels taken back',
  'another Istio  stays',
  'Make the clusters what the mesh file says',
  'Take everything out again that Isthmus and its Istio put into the clusters',
  'Predict what becomes of a request, hop by hop',
  'Only look, and say what stands against it',
  'How long its gateway stays after nobody is sent to it any more',
  'The form of the result on standard output',
  "Instead of a file: the context of the mesh's home cluster, which keeps the documents",
  'The folder, empty or not there yet',
  'apply waits and waits',
  'with a token that is none',
  "Fields that Isthmus never sets are nobody's business here",
  'One cluster more, one cluster less',
  'Adopt an Istio that is there',
  '## What hangs',
  'Connections that exist already are used on, wherever they lead, until they end',
  'The cluster is gone for good: leave its own side out',
  '…and say what came of them',
  'removes what the mesh does not want any more',
  'names no two networks',
  'Kubernetes does not let these fields be changed, and nothing is deleted to make it anew',
  'waiting whether it expires',
  'it was deleted and made anew by somebody else meanwhile',
  'the time was up',
  'a caller with a token that is none',
  'What it is, is said.',
  'or a new one is had, once for all that were refused',
  "are nobody's business here",
  'the same look, then the apply that you know',
  'takes one application apart over three clusters',
  'is told',
  'let east leave',
  'put aside',
  'by way of',
];

test.each(phrases)('the list finds %j', (phrase) => {
  expect(findings(phrase, 'a.md')).not.toEqual([]);
});
