/**
 * The subsets of a service that a proxy lacks, of those that a route is about to name. A sidecar names them
 * `outbound|5000|east|HOST`, a gateway that passes connections on `outbound_.5000_.east_.HOST` (pkg/model, BuildSubsetKey and
 * BuildDNSSrvSubsetKey). A proxy that does not know the service lacks none.
 */
export function lackingSubsets(
  clusters: readonly string[],
  { host, subsets }: { readonly host: string; readonly subsets: readonly string[] },
): readonly string[] {
  const known = new Set(clusters);
  const missing = clusters.flatMap((name) => {
    const form = forms.find(({ whole }) => whole(name, host) !== undefined);
    const port = form?.whole(name, host);
    if (form === undefined || port === undefined) return [];
    return subsets.filter((subset) => !known.has(form.name(port, subset, host)));
  });
  return [...new Set(missing)];
}

interface Form {
  /** The port, where this is the name of the whole service. */
  readonly whole: (name: string, host: string) => string | undefined;
  readonly name: (port: string, subset: string, host: string) => string;
}

const forms: readonly Form[] = ['|', '_.'].map((mark): Form => {
  const name: Form['name'] = (port, subset, host) => ['outbound', port, subset, host].join(mark);
  return {
    name,
    whole: (given, host) => {
      const [, port = ''] = given.split(mark);
      return port !== '' && given === name(port, '', host) ? port : undefined;
    },
  };
});
