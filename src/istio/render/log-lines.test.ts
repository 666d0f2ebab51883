import { describe, expect, test } from 'vitest';
import { loggedLines, splitLog } from './log-lines.ts';

const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mesh}\n---\n';
/** As istioctl 1.31.0 printed it for proxyMetadata.ISTIO_META_DNS_AUTO_ALLOCATE, once for each chart. */
const warning = `2026-11-29T06:00:34.377610Z\twarn\twarnings occurred during mesh validation: 1 error occurred:
\t* 'ISTIO_META_DNS_AUTO_ALLOCATE' is deprecated; review https://istio.io/latest/docs

`;
const said =
  "warnings occurred during mesh validation: 1 error occurred: * 'ISTIO_META_DNS_AUTO_ALLOCATE' is deprecated; review https://istio.io/latest/docs";

describe('what a renderer logs on standard output', () => {
  test('is apart from the manifest, before it and in it', () => {
    expect(splitLog(`${warning}${manifest}${warning}${manifest}`)).toEqual({
      manifest: `${manifest}${manifest}`,
      logged: [said, said],
    });
  });

  test('may have the form of another program', () => {
    const output = `WARNING: This chart is deprecated\n2026/11/29 06:00:34 walk.go:74: found symbolic link\n${manifest}`;
    const logged = ['WARNING: This chart is deprecated', 'walk.go:74: found symbolic link'];
    expect(splitLog(output)).toEqual({ manifest, logged });
  });

  test('is nothing where the manifest begins at once, whatever its texts look like', () => {
    const text = `---\n# Source: a\n${manifest}data:\n  log: |\n    2026-11-29T06:00:34.377610Z\twarn\tnot ours\n`;
    expect(splitLog(text)).toEqual({ manifest: text, logged: [] });
  });

  test('is not taken for a log where no manifest follows', () => {
    expect(splitLog('hello\n')).toEqual({ manifest: 'hello\n', logged: [] });
  });
});

test('a line on standard error becomes one notice, without times and control characters', () => {
  const complaint = `${warning}${warning}! values.a is \u001b[31mdeprecated\n\nlevel=WARN msg="no such key"\n`;
  expect(loggedLines(complaint)).toEqual([said, '! values.a is [31mdeprecated', '"no such key"']);
});
