/** As long as a line of PEM, and one more than a DNS label: names stay readable, keys and tokens do not. */
const long = /[A-Za-z0-9+/=_-]{64,}/g;

/** The text with every run that may be a key or a token covered, character by character, so that columns stay right. */
export function conceal(text: string): string {
  return text.replaceAll(long, (run) => '•'.repeat(run.length));
}
