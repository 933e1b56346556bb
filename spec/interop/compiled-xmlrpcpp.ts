import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectFile } from '../support/project-file.js';

/** Compiles the client with XmlRpc++, and returns its program. Without the library, specs are pending. */
export function compiledXmlRpcPp(context: Mocha.Context, folder: string): string {
  context.timeout(60_000);
  const program = join(folder, 'xmlrpcpp');
  const source = projectFile('spec/interop/clients/xmlrpcpp.cpp');
  const { status, error, stderr } = spawnSync('c++', ['-o', program, source, '-lxmlrpcpp']);
  if (status === 0) return program;
  if (process.env.CI) throw error ?? new Error(stderr.toString());
  return context.skip();
}
