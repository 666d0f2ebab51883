/** A file of the page: nothing of a mesh is in it. */
export interface PageFile {
  readonly type: string;
  readonly content: Uint8Array;
  /** Its name holds the digest of its content. */
  readonly isHashed: boolean;
}

/** The files of the page by their paths, such as `/index.html`: no other path leads to a file. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

export function pageFile(name: string, content: Uint8Array): PageFile {
  const ending = name.slice(name.lastIndexOf('.') + 1);
  return { type: types[ending] ?? 'application/octet-stream', content, isHashed: name.startsWith('assets/') };
}

/** What a path shows: every view of the page is the one page, whose script reads the path. */
export function fileAt(path: string, files: PageFiles): PageFile | undefined {
  return files.get(path) ?? (path.includes('.') ? undefined : files.get('/index.html'));
}
