import { expect } from 'chai';
import { DateTime, Double } from '#lib/xmlrpc/value.js';

describe('DateTime', () => {
  it("keeps dates and fractions that JavaScript's Date does not have", () => {
    for (const text of ['20030501T12:30:00', '00000000T00:00:00', '99991231T23:59:59.999999']) {
      expect(String(new DateTime(text))).to.equal(text);
    }
  });

  it('accepts only the canonical form', () => {
    for (const text of ['', '<', '2003-05-01T12:30:00', '20030501', '20030501T12:30:00Z', '20030501T12:30:00\n']) {
      expect(() => new DateTime(text)).to.throw(RangeError, 'YYYYMMDDTHH:MM:SS');
    }
  });
});

describe('Double', () => {
  it('converts to the number that it contains', () => {
    expect(new Double(1.5).value).to.equal(1.5);
    expect(Number(new Double(2)) + 1).to.equal(3);
  });
});
