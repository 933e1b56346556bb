import { expect } from 'chai';
import { parseCredentials } from '#lib/http/authentication.js';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('parseCredentials', () => {
  it('parses the Basic scheme in UTF-8', () => {
    expect(parseCredentials(basic('grace:höpper'))).to.deep.equal({ login: 'grace', password: 'höpper' });
    expect(parseCredentials(basic('grace:a:b').replace('Basic', 'basic'))).to.deep.equal({
      login: 'grace',
      password: 'a:b',
    });
  });

  for (const header of ['', 'Basic', 'Basic !', 'Bearer abc', basic('no colon'), 'Digest username="grace"']) {
    it(`rejects "${header}"`, () => expect(parseCredentials(header)).to.equal(undefined));
  }
});
