import { IsthmusError } from './error.ts';

/** The error for a file or folder that the user named and that cannot be written. */
export function unwritable(path: string, cause: unknown): IsthmusError {
  if (cause instanceof IsthmusError) return cause;
  return new IsthmusError('usage', `${path} cannot be written: ${reasonOf(cause)}`, {
    cause,
    remedy: 'give a path in a folder that exists and that this user may write to',
  });
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'its folder does not exist';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a file is where its folder should be';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'no space is left';
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}
