import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { converse } from '../support/http.js';
import { testDatabase } from '../support/mariadb.js';
import { RunningServer } from '../support/netsvc-server.js';
import { projectFile } from '../support/project-file.js';
import { SuiteFolder } from '../support/suite-folder.js';
import { writeUsers } from './session-run.js';

/** The ends of the responses to the requests of a session: see docs/clients.md. */
const RESPONSES = [
  /<string>[\w-]{22}<\/string><\/value><\/param><\/params><\/methodResponse>$/,
  /<int>1<\/int><\/value><\/param><\/params><\/methodResponse>$/,
  /<(int|string)>1<\/\1><\/value><value><string>Grün<\/string>.*<\/methodResponse>$/,
  /<fault>.*<int>1<\/int>.*\(1146, "Table '\w+\.missing' doesn't exist"\).*<\/fault><\/methodResponse>$/s,
  /<int>0<\/int><\/value><\/param><\/params><\/methodResponse>$/,
  /^HTTP\/1\.1 404 Session closed\r\n.*Session closed\.\n$/s,
];

describe('requests as clients send them', () => {
  const folder = new SuiteFolder();
  let netsvc: RunningServer;

  before(async function () {
    const url = testDatabase(this);
    netsvc = await RunningServer.start(['--users', await writeUsers(folder.path), '--database', `shop=${url}`]);
  });

  after(() => netsvc?.stop());

  it('are understood, byte for byte', async () => {
    const recorded = projectFile('spec/interop/recorded');
    for (const file of await readdir(recorded)) {
      const requests = requestsIn(await readFile(join(recorded, file)));
      expect(requests, file).to.have.length(RESPONSES.length);
      let id = '';
      for (const [i, expected] of RESPONSES.entries()) {
        const request = (requests[i] ?? '').replace('{id}', id);
        const answer = await converse(netsvc.url, Buffer.from(request, 'latin1'), /<\/methodResponse>|closed\.\n/);
        expect(answer, `${basename(file, '.http')}: ${request}`).to.match(expected);
        if (i === 0) id = /<string>(.*)<\/string>/.exec(answer)?.[1] ?? '';
      }
    }
  });
});

/** The requests of a session, one behind the other, with a character for each byte. */
function requestsIn(session: Buffer): string[] {
  const requests: string[] = [];
  for (let rest = session.toString('latin1'); rest !== ''; ) {
    const body = rest.indexOf('\r\n\r\n') + 4;
    const end = body + Number(/^content-length: (\d+)/im.exec(rest)?.[1]);
    requests.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return requests;
}
