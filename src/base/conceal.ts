/** As long as a line of PEM, and one more than a DNS label: names stay readable, keys and tokens do not. */
const long = /[A-Za-z0-9+/=_-]{64,}/g;

/** The text with every run that may be a key or a token covered, character by character, so that columns stay right. */
export function conceal(text: string): string {
  return text.replaceAll(long, (run) => (path.test(run) ? run : '•'.repeat(run.length)));
}

/** Names with slashes between them, as in the path of a request: base64 has capitals, and hexadecimal digits no slash. */
const path = /^[a-z0-9-]{0,63}(?:\/[a-z0-9-]{0,63})+$/;

/** What stands where a key, a token or a password was. */
const cover = '…';

/** Forms that are secrets wherever they stand. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g, cover],
  [/\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,2}/g, cover],
  [/\b(Bearer|Basic) +[A-Za-z0-9+/=._~-]{8,}/g, `$1 ${cover}`],
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@"'`]{1,512}@/gi, `$1${cover}@`],
  [
    /\b(pass(?:word|wd|phrase)|(?:access|auth|id|refresh)?[_-]?token|(?:client[_-]?)?secret|api[_-]?key)=[^\s&,;"']+/gi,
    `$1=${cover}`,
  ],
  [/("(?:[\w-]{0,40}(?:password|token|secret|key(?:-data)?))"\s*:\s*)"[^"]*"/gi, `$1"${cover}"`],
  [/\b(pass(?:word|wd|phrase)):\s*\S+/gi, `$1: ${cover}`],
];

/** A text for people without what has the form of a key, a token or a password. */
export function withoutSecrets(text: string): string {
  return secrets.reduce((rest, [form, instead]) => rest.replaceAll(form, instead), text);
}

/** Words after which a secret may stand by itself, and those that only go on with the sentence. */
const named =
  /\b(pass(?:word|wd|phrase|code)?|token|secret|key|pin|credentials?|code)\b(["']?\s*(?:[:=]|\bis\b|\bwas\b)?\s*["']?)(\S+)/gi;
const sentence =
  /^(?:and|at|could|does|expired|failed|file|for|from|has|have|in|invalid|is|missing|must|no|not|of|on|or|required|to|was|with)\b[.,;:]?$/i;

/**
 * The words of a program that handles credentials: also without a word that a name of a secret precedes, and without words
 * that are long or mixed like one. Of addresses the beginning is kept.
 */
export function withoutCredentials(text: string): string {
  return withoutSecrets(text)
    .replaceAll(named, (all, name: string, between: string, word: string) =>
      sentence.test(word) ? all : `${name}${between}${cover}`,
    )
    .replaceAll(/\S+/g, (word) => (isRandom(word) ? covered(word) : word));
}

const longest = 20;

function isRandom(word: string): boolean {
  if (/^[~.]?\//.test(word)) return word.split('/').some((part) => part !== word && isRandom(part));
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[!#$%^&*+=_~@]/].filter((kind) => kind.test(word)).length;
  return word.length >= longest || (word.length >= 8 && kinds >= 3);
}

/** The origin of an address says where a program wanted to go. */
function covered(word: string): string {
  const origin = /^["'(]?(?:https?|oci):\/\/[\w.:[\]-]+/i.exec(word)?.[0];
  return origin === undefined ? cover : `${origin}${origin === word ? '' : `/${cover}`}`;
}
