import { expect } from 'chai';
import fc from 'fast-check';
import { parseCommandLine } from '#lib/rpc-call/command/command-line.js';
import { plainCall } from '#lib/rpc-call/command/plain-call.js';

const parse = (args: readonly string[]) => parseCommandLine(args, '1.2.3', () => {});

describe('plainCall', () => {
  it('reads what it reads as the parser of command lines does', () => {
    const target = fc.oneof(
      // fc.webUrl() creates a map of all characters first.
      fc.stringMatching(
        /^https?:\/\/(?:\w+(?::\w*)?@)?[a-z0-9][a-z0-9.-]*(?::\d{1,4})?(?:\/[\w.~%-]*){0,3}(?:\?[\w=&;]*)?$/,
      ),
      fc.constantFrom('http://h:8000/database', 'HTTPS://u:p@h', 'http://[::1]:8000/a?b', 'http://u:p#q@h', 'http://'),
    );
    const word = fc.oneof(
      { weight: 4, arbitrary: fc.string() },
      fc.constantFrom('', '-', '-5', '--', '--csv', '-f', '--sql', '{"a": 1}', 'a=b'),
    );
    let plain = 0;
    fc.assert(
      fc.property(target, fc.array(word, { maxLength: 4 }), (url, words) => {
        const read = plainCall([url, ...words]);
        if (read === undefined) return;
        plain++;
        expect(read).to.deep.equal(parse([url, ...words]));
      }),
    );
    expect(plain).to.be.greaterThan(10);
  });

  it('leaves options, names and errors to it', () => {
    const url = 'http://127.0.0.1:8000/database';
    for (const args of [
      [],
      [url],
      [url, '--list'],
      [url, 'm', '-5'],
      ['shop', 'm'],
      ['ftp://h', 'm'],
      ['http://', 'm'],
    ])
      expect(plainCall(args), args.join(' ')).to.equal(undefined);
  });
});
