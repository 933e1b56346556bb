import { expect } from 'chai';
import { parseCredentials, whyMalformed } from '#lib/http/rpc/authentication.js';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('parseCredentials', () => {
  it('parses the Basic scheme in UTF-8', () => {
    expect(parseCredentials(basic('grace:höpper'))).to.deep.equal({ login: 'grace', password: 'höpper' });
    expect(parseCredentials(basic('grace:a:b').replace('Basic', 'basic'))).to.deep.equal({
      login: 'grace',
      password: 'a:b',
    });
  });

  it('reads what is not valid in UTF-8 as ISO-8859-1', () => {
    const latin = (text: string) => `Basic ${Buffer.from(text, 'latin1').toString('base64')}`;
    expect(parseCredentials(latin('gräce:grün'))).to.deep.equal({ login: 'gräce', password: 'grün' });
    expect(parseCredentials(latin('grace:\u00c3\u00bc')), 'valid in both').to.deep.equal({
      login: 'grace',
      password: 'ü',
    });
  });

  const malformed = {
    '': 'another scheme than Basic',
    'Bearer abc': 'another scheme than Basic',
    Basic: 'no base64',
    'Basic grace:secret': 'no base64',
    [basic('grace')]: 'no colon in the credentials',
    [basic('grace:secret\n')]: 'a line end in the credentials',
  };
  for (const [header, why] of Object.entries(malformed)) {
    it(`says why it rejects "${header}"`, () => {
      expect(parseCredentials(header)).to.equal(undefined);
      expect(whyMalformed(header)).to.equal(why);
    });
  }

  for (const header of ['', 'Basic', 'Basic !', 'Bearer abc', basic('no colon'), 'Digest username="grace"']) {
    it(`rejects "${header}"`, () => expect(parseCredentials(header)).to.equal(undefined));
  }
});
