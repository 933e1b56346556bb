import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { expect } from 'chai';
import fc from 'fast-check';
import { anyCharacter } from '../support/any-character.js';
import { DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { projectFile } from '../support/project-file.js';
import { findPython } from '../support/python.js';

/** A type, and the text that Python creates a value from. */
type Tagged = readonly [type: string, text: string];

const HOSTILE = [
  '\r',
  '\r\n',
  ']]>',
  '&lt;',
  '\u0000',
  '\u0001',
  '\u001a',
  '\ufffe',
  '\uffff',
  "'",
  '"',
  '\\',
  '%',
  '%s',
  '😀',
  ' ',
  '',
];

const text = fc.array(fc.oneof(fc.string({ unit: anyCharacter, maxLength: 5 }), fc.constantFrom(...HOSTILE)), {
  maxLength: 5,
});

const pad = (number: number, length: number) => String(number).padStart(length, '0');

const dateTime = fc
  .tuple(fc.nat(9999), fc.nat(12), fc.nat(31), fc.nat(23), fc.nat(59), fc.nat(59))
  .map(([y, m, d, hour, min, s]) => `${pad(y, 4)}${pad(m, 2)}${pad(d, 2)}T${pad(hour, 2)}:${pad(min, 2)}:${pad(s, 2)}`);

const value: fc.Arbitrary<Tagged> = fc.oneof(
  fc.constant<Tagged>(['nil', '']),
  fc.boolean().map((flag): Tagged => ['boolean', String(flag)]),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((number): Tagged => ['int', String(number)]),
  fc.integer().map((number): Tagged => ['int', String(number)]),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((number): Tagged => ['double', Object.is(number, -0) ? '-0.0' : String(number)]),
  text.map((parts): Tagged => ['string', parts.join('')]),
  fc.uint8Array({ maxLength: 40 }).map((bytes): Tagged => ['base64', Buffer.from(bytes).toString('hex')]),
  dateTime.map((date): Tagged => ['dateTime', date]),
);

describe('values sent through select %s', () => {
  let gateway: DatabaseGateway | undefined;
  let python: ChildProcess | undefined;
  let answers: Interface;

  before(async function () {
    const found = findPython('3');
    if (found === undefined) return process.env.CI ? expect.fail('there is no Python 3') : this.skip();
    gateway = await DatabaseGateway.start(testDatabase(this));
    python = spawn(found.command, [projectFile('spec/interop/round_trip.py'), gateway.url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (python.stdout === null) throw new Error('there is nothing to read from');
    answers = createInterface(python.stdout);
  });

  after(async () => {
    python?.stdin?.end();
    await gateway?.stop();
  });

  /** The values that came back different, as Python compares them. */
  async function differing(values: readonly Tagged[]): Promise<unknown> {
    const answer = new Promise<string>((resolve, reject) => {
      answers.once('line', resolve);
      python?.once('exit', () => reject(new Error('Python ended')));
    });
    python?.stdin?.write(`${JSON.stringify(values)}\n`);
    return JSON.parse(await answer);
  }

  it('come back equal, as Python compares them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 40 }), async (values) => {
        expect(await differing(values)).to.deep.equal([]);
      }),
      { numRuns: 300 },
    );
  });
});
