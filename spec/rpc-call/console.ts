import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFile } from '../support/project-file.js';
import { Terminal } from './terminal.js';

/** The prompts of the shell that runs the examples. Documents show `$ ` and `> `. */
const PROMPTS = new Map([
  ['$ ', '@@@ '],
  ['> ', '@@> '],
]);

/** What a line of input begins with. */
const INPUT = /^(\$ |> |\w+> | +-> )(.*)$/;

/** Returns the `console` blocks of a document. */
export async function consoleBlocks(document: string): Promise<string[]> {
  const text = await readFile(projectFile(document), 'utf8');
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

/** A shell in a terminal, in which the examples of a document run. */
export class Console {
  readonly #terminal: Terminal;

  private constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** @param folder its current folder */
  static async start(context: Mocha.Context, folder: string): Promise<Console> {
    const prompts = [`PS1=${PROMPTS.get('$ ')}`, `PS2=${PROMPTS.get('> ')}`];
    const terminal = Terminal.start(context, ['env', ...prompts, 'bash', '--norc', '--noediting', '-i'], {
      PATH: `${projectFile('bin')}:${process.env.PATH}`,
      HISTFILE: '',
      XDG_STATE_HOME: join(folder, 'state'),
    });
    const shell = new Console(terminal);
    await terminal.until('@@@ ');
    await shell.run(`$ cd ${folder}\n`);
    return shell;
  }

  /** Types the input of a block and returns the block with the output that was shown. */
  async run(block: string): Promise<string> {
    const inputs = block.split('\n').flatMap((line) => {
      const [, prompt = '', input = ''] = INPUT.exec(line) ?? [];
      return prompt === '' ? [] : [{ prompt, input }];
    });
    let shown = '';
    for (const [i, { prompt, input }] of inputs.entries()) {
      this.#terminal.enter(input);
      const next = inputs[i + 1]?.prompt ?? '$ ';
      const output = await this.#terminal.until(PROMPTS.get(next) ?? next);
      shown += prompt + output.slice(0, -(PROMPTS.get(next) ?? next).length);
    }
    return shown;
  }

  async end(): Promise<void> {
    this.#terminal.enter('exit');
    await this.#terminal.end();
  }
}

/** Whether a block was shown, with any text for `...` and any times. */
export function matches(block: string, shown: string): boolean {
  const pattern = withoutTimes(block)
    .split('...')
    .map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.*?');
  return new RegExp(`^${pattern}$`, 's').test(withoutTimes(shown));
}

function withoutTimes(text: string): string {
  return text.replace(/\(\d+\.\d{3} sec\)/g, '(0.000 sec)');
}
