import { expect } from 'chai';
import { charsetOf, isXmlType } from '#lib/http/rpc/content-type.js';

describe('the Content-Type of a request', () => {
  const charsets: [type: string, charset: string | undefined][] = [
    ['text/xml', undefined],
    ['text/xml;', undefined],
    ['text/xml; charset', undefined],
    ['text/xml; charset=', undefined],
    ['text/xml; charset=none', undefined],
    ['text/xml; charset="None"', undefined],
    ['text/xml;charset=utf-8', 'utf-8'],
    ['text/xml; charset="utf-8"', 'utf-8'],
    ["text/xml; charset='utf-8'", 'utf-8'],
    ['text/xml; charset="\'utf-8\'"', 'utf-8'],
    ['text/xml; charset="utf-8', 'utf-8'],
    ['text/xml ; CharSet = " UTF-8 " ; a=b', 'UTF-8'],
    ['text/xml; charset=utf-8, text/xml', 'utf-8'],
    ['text/xml; charset=utf-8, text/xml; charset=utf-8', 'utf-8'],
    ['text/xml, text/xml; charset=koi8-r', 'koi8-r'],
    ['text/xml; charset=utf-8; charset=iso-8859-1', 'utf-8'],
    ['text/xml; charset=none; charset=iso-8859-1', 'iso-8859-1'],
    ['text/xml; a="; charset=x"; charset=ISO_8859-1:1987', 'ISO_8859-1:1987'],
    ['text/xml; xcharset=utf-8', undefined],
    ['text/xml; boundary=charset=utf-8', undefined],
  ];
  for (const [type, charset] of charsets) {
    it(`has ${charset ?? 'no charset'} in ${type}`, () => expect(charsetOf(type)).to.equal(charset));
  }

  it('is of XML if the first of several is', () => {
    for (const type of ['text/xml', 'Text/XML ;x', 'application/xml;charset=x', 'text/xml, text/xml', 'text/xml,a/b']) {
      expect(isXmlType(type), type).to.equal(true);
    }
    for (const type of ['', 'text/plain', 'text/plain, text/xml', 'text/plain;a=text/xml', 'text/xml+x', ',text/xml']) {
      expect(isXmlType(type), type).to.equal(false);
    }
  });

  it('is read in proportion to its length', () => {
    const start = performance.now();
    for (const piece of [' ', "'", '"', ';', ';a', ';a=', ';charset=', '\t;', ';a="']) {
      charsetOf(`text/xml;charset=${piece.repeat(16_000 / piece.length)}x`);
      charsetOf(`text/xml;${piece.repeat(16_000 / piece.length)}`);
    }
    expect(performance.now() - start).to.be.below(500);
  });
});
