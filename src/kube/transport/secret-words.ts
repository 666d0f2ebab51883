/** What a server says of a request that it refuses (the part of a Status that is read here). */
interface Refusal {
  readonly message?: string | undefined;
  readonly reason?: string | undefined;
  readonly details?: { readonly causes?: readonly { readonly field?: string | undefined }[] | undefined } | undefined;
}

/** Words of the API server itself, in which nothing can stand of what a Secret or a WrappingKey holds. */
const harmless = [
  /^(?:secrets|wrappingkeys\.isthmus\.dev)(?: "[\w.-]+")? is forbidden: User "[^"\n]{1,200}" cannot [a-z]+ resource "(?:secrets|wrappingkeys)" in API group "(?:isthmus\.dev)?"(?: in the namespace "[\w.-]+"| at the cluster scope)?$/,
  /^(?:secrets|wrappingkeys\.isthmus\.dev) "[\w.-]+" is forbidden: unable to create new content in namespace [\w.-]+ because it is being terminated$/,
  /^(?:secrets|namespaces|wrappingkeys\.isthmus\.dev) "[\w.-]+" (?:not found|already exists)$/,
  /^Operation cannot be fulfilled on (?:secrets|wrappingkeys\.isthmus\.dev) "[\w.-]+": the object has been modified; please apply your changes to the latest version and try again$/,
];

/** An admission webhook may quote the object; which webhook it was helps, and is all that is repeated. */
const denial = /^(admission webhook "[\w.-]+" denied the request)(?::| without explanation)/;

/** What may be said of a refusal that is about a Secret: no words that could repeat what it holds. */
export function wordsAboutSecret(status: number, parsed: Refusal): string {
  const message = parsed.message ?? '';
  if (harmless.some((pattern) => pattern.test(message))) return message;
  const [, webhook] = denial.exec(message) ?? [];
  if (webhook !== undefined) return webhook;
  const reason = /^[A-Za-z]{1,40}$/.test(parsed.reason ?? '') ? parsed.reason : undefined;
  const fields = (parsed.details?.causes ?? []).flatMap(({ field }) =>
    field !== undefined && /^[\w.[\]/-]{1,80}$/.test(field) ? [field] : [],
  );
  return [`HTTP ${status}`, reason, ...fields].filter((part) => part !== undefined).join(' ');
}

/** A webhook's answer may name any causes: those of the API server alone are read. */
export function isOfWebhook({ message }: Refusal): boolean {
  return denial.test(message ?? '');
}
