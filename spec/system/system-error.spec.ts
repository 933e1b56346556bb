import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { expect } from 'chai';
import { systemErrorText } from '#lib/system/system-error.js';

describe('an error of the operating system', () => {
  const textOf = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      return systemErrorText(error);
    }
    return expect.fail('there was no error');
  };

  it('is described in words, without code, system call and path', () => {
    const folder = mkdtempSync(join(tmpdir(), 'netsvc-spec-'));
    writeFileSync(join(folder, 'file'), '');
    expect(textOf(() => readFileSync(join(folder, 'none')))).to.equal('no such file');
    expect(textOf(() => readFileSync(folder))).to.equal('is a directory');
    expect(textOf(() => readFileSync(join(folder, 'file', 'x')))).to.equal('not a directory');
    rmSync(folder, { recursive: true });
    const denied = Object.assign(new Error("EACCES: permission denied, open '/x'"), { code: 'EACCES' });
    expect(systemErrorText(denied)).to.equal('permission denied');
  });

  it('and of OpenSSL is described by its reason', () => {
    expect(textOf(() => createSecureContext({ cert: 'text' }))).to.equal('no start line');
    const message = 'write EPROTO 80FC:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:record.c:350:';
    expect(systemErrorText(Object.assign(new Error(message), { code: 'EPROTO' }))).to.equal('wrong version number');
  });

  it('is not any other error, whose message is kept', () => {
    expect(systemErrorText(new TypeError('wrong'))).to.equal('wrong');
    expect(systemErrorText(Object.assign(new Error('odd'), { code: 'toString' }))).to.equal('odd');
    expect(systemErrorText('text')).to.equal('text');
  });
});
