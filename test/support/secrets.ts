import type { TestLab } from './lab.ts';

interface SecretList {
  readonly items: readonly {
    readonly metadata: { readonly namespace: string; readonly name: string };
    readonly data?: Readonly<Record<string, string>>;
  }[];
}

/** Every value of every Secret of a cluster, decoded, with where it stands. */
export async function secretValues(
  { objects }: Pick<TestLab, 'objects'>,
  cluster: string,
): Promise<readonly { readonly at: string; readonly text: string }[]> {
  const { items } = await objects<SecretList>(cluster, 'get', 'secrets', '--all-namespaces');
  return items.flatMap(({ metadata, data = {} }) =>
    Object.entries(data).map(([key, value]) => ({
      at: `${cluster} ${metadata.namespace}/${metadata.name} ${key}`,
      text: Buffer.from(value, 'base64').toString('utf8'),
    })),
  );
}

/** The body of a PEM text, however it is wrapped. */
export function pemBody(pem: string): string {
  return pem.replaceAll(/-----[^-]+-----|\s/g, '');
}

/** The bearer tokens in a text. */
export function tokensIn(text: string): readonly string[] {
  return [...text.matchAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g)].map(([token]) => token);
}
