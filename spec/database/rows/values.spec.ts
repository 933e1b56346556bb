import { expect } from 'chai';
import type { ValueOptions } from '#lib/database/rows/value-options.js';
import { callBody } from '../../support/call-body.js';
import type { CursorClient } from '../../support/database-gateway.js';
import { ask } from '../../support/http.js';
import { type MysqlValue, OPTIONS, xmlWith } from '../../support/mysql-values.js';
import { storeValues } from '../../support/stored-values.js';
import { otherGateway, suiteGateway } from '../../support/suite-gateway.js';
import { perServer } from '../../support/test-server.js';

const CURSORS = ['Cursor', 'SSCursor', 'DictCursor', 'SSDictCursor'];

const FETCHES: readonly (readonly [method: string, ...args: unknown[]])[] = [
  ['fetchone'],
  ['fetchmany', 1],
  ['fetchall'],
];

const SCALAR = /<value>(<(?!array|struct)[^>]*>[^<]*<\/[^>]*>)<\/value>/g;

/** Character sets of results that have all characters; with `null`, each column keeps its own. */
const RESULT_CHARSETS = ['utf8mb4', 'utf16', 'utf16le', 'utf32', 'null'];

describe('the values of MySQL', () => {
  const gateway = suiteGateway();
  let values: readonly MysqlValue[];
  let select: string;
  let cursor: CursorClient;

  before(async () => {
    ({ values, select } = await storeValues(gateway));
    cursor = await gateway.cursor();
  });

  /** The XML of the values in a response, in order, by what they are. */
  async function valuesOf(url: string, method: string, ...params: unknown[]): Promise<Record<string, string>> {
    const { body } = await ask(url, { body: callBody(method, params) });
    const rows = body.slice(Math.max(0, body.indexOf('<name>rows</name>')));
    return labelled([...rows.matchAll(SCALAR)].map(([, xml = '']) => xml));
  }

  const labelled = (texts: readonly string[]) =>
    Object.fromEntries(values.map(({ type = '', literal }, i) => [`${i}: ${type} ${literal}`, texts[i] ?? '']));

  const expected = (options: Partial<ValueOptions> = {}) => labelled(values.map((value) => xmlWith(value, options)));

  for (const cursorclass of CURSORS) {
    for (const run of [['execute'], ['callproc', 'reads_typed', []]] as const) {
      it(`are the same in each way to fetch them from a ${cursorclass}, behind ${run[0]}`, async () => {
        const cursor = await gateway.cursor(60, cursorclass);
        const [method, ...args] = run;
        for (const fetch of FETCHES) {
          await cursor.call(method, ...(args.length === 0 ? [select] : args));
          const description = (await cursor.call('description')) as unknown[][];
          for (const [i, { code, type }] of values.entries()) {
            if (code === undefined) continue;
            expect(description[i]?.[1], type).to.equal(typeof code === 'number' ? code : perServer(code));
          }
          expect(await valuesOf(cursor.url, ...fetch), fetch[0]).to.deep.equal(expected());
          while ((await cursor.call('nextset')) !== null);
        }
        await cursor.call('close');
      });
    }

    it(`are the same in one call of a ${cursorclass}`, async () => {
      const cursor = await gateway.cursor(60, cursorclass);
      for (const method of ['query', 'stream']) {
        expect(await valuesOf(cursor.url, method, select), method).to.deep.equal(expected());
      }
      await cursor.call('close');
    });
  }

  for (const method of ['execute', 'query']) {
    it(`are the same without a session, by ${method}`, async () => {
      expect(await valuesOf(gateway.url, method, select)).to.deep.equal(expected());
    });
  }

  for (const charset of RESULT_CHARSETS) {
    it(`are the same if the character set of results is ${charset}`, async () => {
      for (const cursorclass of CURSORS) {
        await using cursor = await gateway.cursor(60, cursorclass);
        await cursor.execute(`set character_set_results = ${charset}`);
        await cursor.execute(select);
        expect(await valuesOf(cursor.url, 'fetchall'), cursorclass).to.deep.equal(expected());
      }
    });
  }

  for (const options of OPTIONS) {
    const parameters = new URLSearchParams(options).toString();
    it(`have the form of the options ${parameters}, with each cursor and without a session`, async () => {
      await using other = await otherGateway({}, parameters);
      expect(await valuesOf(other.url, 'execute', select)).to.deep.equal(expected(options));
      for (const cursorclass of CURSORS) {
        const cursor = await other.cursor(60, cursorclass);
        await cursor.execute(select);
        expect(await valuesOf(cursor.url, 'fetchone'), cursorclass).to.deep.equal(expected(options));
      }
    });
  }

  it('sent as arguments come back equal', async () => {
    const sent = [
      null,
      true,
      -5,
      2147483647,
      1.5,
      'CR \r LF \n',
      ']]>',
      '😀',
      '',
      Buffer.from([0, 255, 39, 92]),
      '\\',
      "'",
    ];
    const back = await cursor.rows(`select ${sent.map(() => '%s').join(', ')}`, sent);
    expect(back).to.deep.equal([[null, 1, -5, 2147483647, 1.5, ...sent.slice(5)]]);
  });
});
