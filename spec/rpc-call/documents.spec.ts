import { expect } from 'chai';
import { DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { SuiteFolder } from '../support/suite-folder.js';
import { Console, consoleBlocks, matches } from './console.js';

/** A schema of its own, because the examples create tables. */
const SCHEMA = 'rpc_call_documents';

describe('the examples of rpc-call', () => {
  let gateway: DatabaseGateway;
  const folder = new SuiteFolder();
  let server: string;

  before(async function () {
    server = testDatabase(this);
    const first = await DatabaseGateway.start(server);
    await first.execute(`drop database if exists ${SCHEMA}`);
    await first.execute(`create database ${SCHEMA}`);
    await first.stop();
    const url = new URL(server);
    url.pathname = `/${SCHEMA}`;
    gateway = await DatabaseGateway.start(url.href);
  });

  after(async () => {
    await gateway?.execute(`drop database ${SCHEMA}`);
    await gateway?.stop();
  });

  for (const [document, least] of [
    ['docs/rpc-call.md', 10],
    ['README.md', 1],
  ] as const) {
    it(`print what ${document} shows`, async function () {
      const blocks = await consoleBlocks(document);
      expect(blocks).to.have.length.at.least(least);
      const shell = await Console.start(this, folder.path);
      for (const block of blocks) {
        const served = block.replaceAll('http://127.0.0.1:8000/database', gateway.url);
        const shown = await shell.run(served);
        if (!matches(served, shown)) expect(shown).to.equal(served);
      }
      await shell.end();
      expect([...gateway.registry.sessions].length, 'open sessions').to.equal(0);
    });
  }
});
