import { PassThrough } from 'node:stream';
import { main as callMain } from '#lib/rpc-call/main.js';
import { main as serverMain } from '#lib/server/main.js';
import type { StandardStreams } from '#lib/system/standard-streams.js';
import type { Ended } from './netsvc-process.js';

/** Runs `bin/rpc-call` in this process: to start another one takes longer than what the command does. */
export const rpcCall = (args: readonly string[], input?: string) => runHere(callMain, args, input);

/** The same for `bin/netsvc` with flags that make it check or print something, or with `passwd`. */
export const netsvc = (args: readonly string[], input?: string) => runHere(serverMain, args, input);

async function runHere(
  main: (args: readonly string[], streams: StandardStreams) => Promise<number>,
  args: readonly string[],
  input = '',
): Promise<Ended> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const printed = [stdout, stderr].map(async (stream) => {
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    return text;
  });
  stdin.end(input);
  const status = await main(args, { stdin, stdout, stderr });
  stdout.end();
  stderr.end();
  const [out = '', error = ''] = await Promise.all(printed);
  return { status, stdout: out, stderr: error };
}
