import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { PasswordFileError, parsePasswords, withPassword } from '#lib/access/password-file.js';

const HASH = '$2y$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg9Fx4ZQfxXvXaQ5Iqvu';

describe('a password file', () => {
  it('has a user and a bcrypt hash in each line, as written by htpasswd -B', () => {
    const text = `# clients\ngrace:${HASH}\r\n\nhöpper the 2nd:${HASH.replace('2y', '2b')}\n`;
    expect([...parsePasswords(text)]).to.deep.equal([
      ['grace', HASH],
      ['höpper the 2nd', HASH.replace('2y', '2b')],
    ]);
  });

  it('accepts the hashes of bcryptjs', () => {
    expect([...parsePasswords(`grace:${hashSync('secret', 4)}`).keys()]).to.deep.equal(['grace']);
  });

  const wrong: [string, string, string][] = [
    ['a line without a colon', 'grace', 'line 1: expected a name'],
    ['a line without a name', `:${HASH}`, 'line 1: expected a name'],
    ['a password in the clear', `a:${HASH}\ngrace:secret`, 'line 2: the hash of user "grace" is not bcrypt'],
    ['an MD5 hash of Apache', 'grace:$apr1$x$y', 'is not bcrypt'],
    ['a SHA-1 hash', 'grace:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=', 'is not bcrypt'],
    ['a truncated hash', `grace:${HASH.slice(0, -1)}`, 'is not bcrypt'],
    ['an excessive cost', `grace:${HASH.replace('$05$', '$20$')}`, 'is greater than 15'],
    ['a user twice', `a:${HASH}\nb:${HASH}\na:${HASH}`, 'line 3: duplicate user "a"'],
  ];
  for (const [what, text, message] of wrong) {
    it(`must not contain ${what}`, () => {
      expect(() => parsePasswords(text))
        .to.throw(PasswordFileError, message)
        .with.property('message')
        .that.does.not.match(/\$|secret|5en6/);
    });
  }

  it('gains a user or a changed password, and keeps all other lines', () => {
    expect(withPassword('', 'a', '1')).to.equal('a:1\n');
    expect(withPassword('# who\na:1\n', 'b', '2')).to.equal('# who\na:1\nb:2\n');
    expect(withPassword('a:1\nb:2\n', 'a', '3')).to.equal('a:3\nb:2\n');
    expect(withPassword('ab:1', 'a', '2')).to.equal('ab:1\na:2\n');
  });
});
