import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  HttpDaemon,
  RpcGateway,
  Service,
  ServiceRegistry,
  Session,
  type SessionMethods,
  type Value,
} from '#lib/index.js';
import { hasPhp, hasRuby } from '../../interop/client-programs.js';
import { ask } from '../../support/http.js';
import { projectFile } from '../../support/project-file.js';
import { findPython } from '../../support/python.js';
import { SuiteFolder } from '../../support/suite-folder.js';

/** Characters that end a string, or have a meaning in it, in one of the languages. */
const TEXTS = ['plain', 'true', '12', 'int:1', `'"\\ $HOME #{1} $(id) \`id\` %s {$x} <&>`, ''];

const EXAMPLE = [...TEXTS, [1, [true, 'x']], 2.5, false] as const;

class Example extends Service {
  constructor(registry: ServiceRegistry) {
    super('it\'s an "example"', registry);
    this.exportMethod((...values: unknown[]) => this.received.push(values) > 0, { name: 'take', example: EXAMPLE });
    this.exportMethod(this.openTaking, { name: 'open', returns: 'string', example: EXAMPLE, opens: TAKING });
  }

  readonly received: unknown[][] = [];

  openTaking(...values: Value[]): string {
    this.received.push(values);
    return new Taking(this).childName;
  }
}

const TAKING = {
  take: { returns: 'array', example: EXAMPLE },
  last: { params: [], returns: 'array', example: [] },
} as const satisfies SessionMethods;

class Taking extends Session {
  readonly #service: Example;

  constructor(service: Example) {
    super(service, 60);
    this.#service = service;
    this.exportMethods(TAKING);
  }

  take(...values: Value[]): Value[] {
    this.#service.received.push(values);
    return values;
  }

  last(): string[] {
    this.#service.received.push(['last']);
    return [];
  }
}

/** Requires a login. */
class OfGrace extends RpcGateway {
  override authorise(login: string, password: string): boolean {
    return login === 'grace' && password === 'PASSWORD';
  }
}

const run = promisify(execFile);
const pythonOf = (version: '2.7' | '3') => findPython(version)?.command;

/** The program that runs each snippet; undefined if it is not installed. */
const INTERPRETERS: Readonly<Record<string, string | undefined>> = {
  'Python 3': pythonOf('3'),
  'Python 2': pythonOf('2.7'),
  PHP: hasPhp() ? 'php' : undefined,
  Ruby: hasRuby() ? 'ruby' : undefined,
  Shell: 'sh',
};

describe('the programs on the documentation page', () => {
  const folder = new SuiteFolder();
  let daemon: HttpDaemon;
  let registry: ServiceRegistry;
  let example: Example;
  let origin: string;

  before(async () => {
    registry = new ServiceRegistry();
    example = new Example(registry);
    daemon = new HttpDaemon({ port: 0 });
    daemon.attach('/', new RpcGateway('', { registry }));
    daemon.attach('/login', new OfGrace('', { registry }));
    origin = `http://127.0.0.1:${(await daemon.start()).port}/`;
  });

  after(() => daemon?.stop());

  /** Returns the programs of a section of the page by language, as a browser shows them. */
  async function shown(title: string, root: string, headers: Record<string, string>): Promise<Map<string, string>> {
    const url = origin + root + encodeURIComponent(example.serviceName);
    const { body } = await ask(url, { method: 'GET', headers: { Accept: 'text/html', ...headers } });
    const section = body.split('<section').find((text) => text.includes(`>${title}</h2>`)) ?? '';
    const programs = section.matchAll(/<summary>(.*?)<\/summary>\s*<pre><code>(.*?)<\/code>/gs);
    const text = (escaped: string) => escaped.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
    return new Map([...programs].map(([, language = '', program = '']) => [language, text(program)]));
  }

  async function runProgram(interpreter: string, program: string): Promise<void> {
    const file = await folder.write('program', program);
    const path = `${projectFile('bin')}:${process.env.PATH}`;
    await run(interpreter, [file], { env: { ...process.env, PATH: path, RPC_CALL_PASSWORD: 'PASSWORD' } });
  }

  /** Runs the program of a section, without and with a login. @returns the arguments of its calls */
  async function* received(title: string, language: string, interpreter: string): AsyncGenerator<unknown[][]> {
    const Authorization = `Basic ${Buffer.from('grace:PASSWORD').toString('base64')}`;
    for (const programs of [await shown(title, '', {}), await shown(title, 'login/', { Authorization })]) {
      await runProgram(interpreter, programs.get(language) ?? '');
      const calls = example.received.splice(0);
      yield calls.map((values) => values.map((value) => (value as { value?: number } | null)?.value ?? value));
    }
  }

  for (const [language, interpreter] of Object.entries(INTERPRETERS)) {
    it(`run as they are in ${language}, with and without a login`, async function () {
      this.timeout(60_000);
      if (interpreter === undefined) return process.env.CI ? expect.fail(`there is no ${language}`) : this.skip();
      for await (const calls of received('Example', language, interpreter)) expect(calls).to.deep.equal([EXAMPLE]);
      for await (const calls of received('Methods of a session', language, interpreter)) {
        expect(calls).to.deep.equal([EXAMPLE, EXAMPLE, ['last']]);
        expect(registry.sessions.size, 'open sessions').to.equal(0);
      }
    });
  }
});
