import { expect } from 'chai';
import { terminalLine } from '#lib/server/observation/log-output.js';

describe('a log line on a terminal', () => {
  const line = (fields: object) =>
    terminalLine(
      JSON.stringify({ level: 'info', time: '2026-11-26T10:31:02.123Z', instance: '3f9a1c7e', ...fields }),
      false,
    );

  it('has the time, the level, the message and the other fields', () => {
    expect(
      line({ user: 'grace', session: 'database/#x3Fm0a9_', calls: 17, urls: ['a'], msg: 'session ended' }),
    ).to.equal('10:31:02.123 INFO  session ended user=grace session=database/#x3Fm0a9_ calls=17 urls=["a"]\n');
  });

  it('has the stack of an error behind it', () => {
    expect(line({ err: { message: 'no', stack: 'Error: no\n    at here' }, msg: 'method failed' })).to.equal(
      '10:31:02.123 INFO  method failed\n    Error: no\n        at here\n',
    );
  });

  it('contains no control character of a client', () => {
    const text = line({ login: '\u001b[2J\n\u009b\u202ex', err: { stack: 'Error: \u001b[0m' }, msg: '\u0007' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be in it
    expect(text.replaceAll('\n', '')).to.not.match(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(text).to.contain('login="\\u001b[2J\\n\\u009b\\u202ex"');
  });
});
