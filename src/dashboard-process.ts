/** The dashboard is another shell, which a command starts: this file is the only way from the command line to it. */
export { type PageFiles, pageFile } from './dashboard/files.ts';
export { openDashboard } from './dashboard/run.ts';
