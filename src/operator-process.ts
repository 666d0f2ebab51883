/**
 * The process that runs in the home cluster. It is another shell, which the one program of the package starts: this file is
 * the only way from the command line to it.
 */
export { createLog } from './operator/log.ts';
export { type OperatorEnd, type OperatorOptions, runOperator } from './operator/run.ts';
