#!/usr/local/bin/node
/**
 * A small HTTP client for `kubectl exec`. As `lab-curl` it prints the status and the milliseconds before the body; as
 * `curl` it prints the body alone, and takes the options that Istio's documented commands use.
 */
import { writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';

const usage = `usage: lab-curl [options] URL...
  -H, --header 'NAME: VALUE'   -X, --request METHOD   -d, --data TEXT   -I, --head   -k, --insecure
  -m, --max-time SECONDS (10)  -o, --output FILE      -w, --write-out FORMAT with %{http_code} and %{time_total}
  -f, --fail                   -i, --include          -n, --repeat TIMES
  --path-as-is
Accepted and without effect: -s -S -L -v -g --connect-timeout`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    request: { type: 'string', short: 'X' },
    data: { type: 'string', short: 'd' },
    head: { type: 'boolean', short: 'I', default: false },
    insecure: { type: 'boolean', short: 'k', default: false },
    'max-time': { type: 'string', short: 'm', default: '10' },
    output: { type: 'string', short: 'o' },
    'write-out': { type: 'string', short: 'w', default: '' },
    fail: { type: 'boolean', short: 'f', default: false },
    include: { type: 'boolean', short: 'i', default: false },
    repeat: { type: 'string', short: 'n', default: '1' },
    silent: { type: 'boolean', short: 's' },
    'show-error': { type: 'boolean', short: 'S' },
    location: { type: 'boolean', short: 'L' },
    verbose: { type: 'boolean', short: 'v' },
    'connect-timeout': { type: 'string' },
    globoff: { type: 'boolean', short: 'g' },
    'path-as-is': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const plain = basename(process.argv[1] ?? '') === 'curl';

interface Result {
  readonly response: IncomingMessage;
  readonly body: string;
  readonly seconds: number;
}

/** The path with its dots, which a parsed URL has no longer. */
function pathOf(target: string): string {
  const path = target.replace(/^(?:\w+:\/\/)?[^/?#]*/, '').replace(/#.*/, '');
  return path.startsWith('/') ? path : `/${path}`;
}

async function send(target: string): Promise<Result> {
  const url = new URL(target.includes('://') ? target : `http://${target}`);
  const begin = performance.now();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(
      url,
      {
        method: values.request ?? defaultMethod(),
        ...(values['path-as-is'] ? { path: pathOf(target) } : {}),
        headers: Object.fromEntries(values.header.map(splitHeader)),
        signal: AbortSignal.timeout(Number(values['max-time']) * 1000),
        rejectUnauthorized: !values.insecure,
      },
      resolve,
    );
    request.on('error', reject);
    request.end(values.data);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { response, body: Buffer.concat(chunks).toString('utf8'), seconds: (performance.now() - begin) / 1000 };
}

function defaultMethod(): string {
  if (values.head) return 'HEAD';
  return values.data === undefined ? 'GET' : 'POST';
}

function splitHeader(header: string): readonly [string, string] {
  const colon = header.indexOf(':');
  return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()];
}

function show({ response, body, seconds }: Result): void {
  const status = response.statusCode ?? 0;
  if (!plain) console.log(`${status} ${(seconds * 1000).toFixed(1)} ms`);
  let text = values.fail && status >= 400 ? '' : body;
  if (values.head || values.include) text = `${headerText(response)}\n${text}`;
  if (values.output === undefined) process.stdout.write(text);
  else writeFileSync(values.output, text);
  process.stdout.write(
    values['write-out']
      .replaceAll('%{http_code}', String(status))
      .replaceAll('%{time_total}', seconds.toFixed(6))
      .replaceAll('\\n', '\n'),
  );
}

function headerText(response: IncomingMessage): string {
  const headers = response.rawHeaders.flatMap((name, index, all) =>
    index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
  );
  return [`HTTP/${response.httpVersion} ${response.statusCode} ${response.statusMessage}`, ...headers, ''].join('\n');
}

if (values.help || positionals.length === 0) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}
let failed = 0;
for (let round = 0; round < Number(values.repeat); round += 1) {
  for (const target of positionals) {
    try {
      const result = await send(target);
      show(result);
      if (values.fail && (result.response.statusCode ?? 0) >= 400) failed = 22;
    } catch (error) {
      failed = 7;
      const text = error instanceof AggregateError ? error.errors.map(String).join('; ') : String(error);
      console.error(`lab-curl: ${target}: ${text}`);
    }
  }
}
// Idle connections would keep the process for their time-out.
process.exitCode = failed;
setImmediate(() => process.exit());
