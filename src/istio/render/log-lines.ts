import { withoutSecrets } from '../../base/conceal.ts';

/** What a renderer printed, with what it logged apart. */
export interface PrintedManifest {
  readonly manifest: string;
  /** One line for each entry of its log. */
  readonly logged: readonly string[];
}

/** An entry of istioctl's log (istio.io/istio pkg/log): its further lines are empty or begin with a tab, which no YAML does. */
const istioEntry = /^\d{4}-\d\d-\d\dT[\d:.]+Z?\t(?:debug|info|warn|error|fatal)\t(?:.*)\n(?:(?:\t.*)?\n)*/gm;
const istioStamp = /^\d{4}-\d\d-\d\dT[\d:.]+Z?\t\w+\t/;
/** Where Go's own log begins a line, and Helm 4's. */
const stamp = /^(?:\d{4}\/\d\d\/\d\d [\d:.]+ |(?:time=\S+ )?level=\w+ msg=)/;
/** How a manifest begins: a separator, a comment, or one of the keys that every object has. */
const beginning = /^(?:---[ \t]*$|#|apiVersion:|kind:|metadata:|\{)/m;

/**
 * Takes apart what a renderer printed on standard output. istioctl logs there too, before the manifest (pkg/log writes
 * to standard output by default), and so may a wrapper around it.
 */
export function splitLog(output: string): PrintedManifest {
  const entries = output.match(istioEntry) ?? [];
  const rest = entries.length === 0 ? output : output.replaceAll(istioEntry, '');
  const start = /^apiVersion:/m.test(rest) ? (beginning.exec(rest)?.index ?? 0) : 0;
  return {
    manifest: start === 0 ? rest : rest.slice(start),
    logged: [...entries.map(oneLine), ...loggedLines(rest.slice(0, start))].filter((line) => line !== ''),
  };
}

/** The lines of a log, each once. */
export function loggedLines(text: string): readonly string[] {
  const entries = text.match(istioEntry) ?? [];
  const lines = (entries.length === 0 ? text : text.replaceAll(istioEntry, '')).split('\n');
  return [...new Set([...entries, ...lines].map(oneLine))].filter((line) => line !== '');
}

const maxLength = 600;

/** An entry as a notice: on one line, without its time and level, and without control characters. */
function oneLine(entry: string): string {
  const words = entry
    .replace(istioStamp, '')
    .replace(stamp, '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return withoutSecrets(words.length > maxLength ? `${words.slice(0, maxLength)}…` : words);
}
