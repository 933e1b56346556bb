import { expect } from 'chai';
import { DateTime, Decimal, Double } from '#lib/xmlrpc/value.js';

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

describe('Decimal', () => {
  it('keeps every digit', () => {
    for (const text of ['0', '-0', '1.50', '-12345678901234567890.10']) {
      expect(String(new Decimal(text))).to.equal(text);
    }
  });

  it('accepts only digits, which SQL can contain as they are', () => {
    for (const text of ['', '+1', '.5', '5.', '1e5', 'NaN', '1 ', '1\n', '--1', '1;']) {
      expect(() => new Decimal(text)).to.throw(RangeError, 'is not a decimal number');
    }
  });
});

describe('Double', () => {
  it('converts to the number that it contains', () => {
    expect(new Double(1.5).value).to.equal(1.5);
    expect(Number(new Double(2)) + 1).to.equal(3);
  });
});
