const value = '(?:[^"<&]|&(?:amp|lt|gt|quot|apos);)*';
const attribute = String.raw`\s+[\w:.-]+="${value}"`;
const token = new RegExp(
  String.raw`<\?xml(?:${attribute})*\s*\?>|<(?<end>/)?(?<name>[\w:.-]+)(?<attributes>(?:${attribute})*)\s*(?<empty>/)?>|(?<text>(?:[^<&]|&(?:amp|lt|gt|quot|apos);)+)`,
  'y',
);
const eachAttribute = new RegExp(String.raw`([\w:.-]+)="(${value})"`, 'g');
/** What XML 1.0 allows (its rule `Char`). */
const notAllowed = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** An element with what is in it; texts are as they are written, escaped. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

interface Open extends Element {
  readonly children: Element[];
  text: string;
}

/** The elements of an XML text; an error where it is not well-formed. */
export function elementsOf(xml: string): readonly Element[] {
  refuseCharacters(xml);
  const root: Open = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  token.lastIndex = 0;
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const found = token.exec(xml)?.groups;
    const inside = open.at(-1);
    if (found === undefined || inside === undefined)
      throw new Error(`not XML at ${JSON.stringify(xml.slice(at, at + 60))}`);
    const { name, end, empty, attributes = '', text = '' } = found;
    inside.text += text;
    if (name === undefined) continue;
    if (end !== undefined) {
      if (inside === root || inside.name !== name) throw new Error(`</${name}> closes nothing`);
      open.pop();
      continue;
    }
    const element: Open = { name, attributes: attributesOf(attributes), children: [], text: '' };
    inside.children.push(element);
    if (empty === undefined) open.push(element);
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)?.name}> is not closed`);
  return root.children;
}

function refuseCharacters(xml: string): void {
  const wrong = notAllowed.exec(xml);
  if (wrong !== null) throw new Error(`XML has no character U+${wrong[0].codePointAt(0)?.toString(16)}`);
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(eachAttribute)].map(([, name = '', written = '']) => [name, written] as const);
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) throw new Error(`an attribute is there twice:${text}`);
  return Object.fromEntries(pairs);
}

/** How often each element occurs in an XML text; an error where it is not well-formed. */
export function countElements(xml: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const count = ({ name, children }: Element): void => {
    counts[name] = (counts[name] ?? 0) + 1;
    children.forEach(count);
  };
  elementsOf(xml).forEach(count);
  return counts;
}
