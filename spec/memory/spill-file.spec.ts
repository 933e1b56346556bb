import { expect } from 'chai';
import { SpillFile, spillUsage } from '#lib/memory/spill-file.js';
import { spillFiles } from '../support/spill-files.js';

describe('SpillFile', () => {
  const { TMPDIR } = process.env;

  afterEach(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });

  it('returns appended bytes from any offset', () => {
    const file = new SpillFile();
    expect(file.append(Buffer.from('first'))).to.equal(0);
    expect(file.append(Buffer.from('second'))).to.equal(5);
    expect(file.size).to.equal(11);
    expect(file.read(5, 6).toString()).to.equal('second');
    expect(file.read(3, 4).toString()).to.equal('stse');
    file.close();
  });

  it('has no name, so that nothing remains of it, even after a kill', () => {
    const file = new SpillFile();
    expect(spillFiles()).to.equal(1);
    file.close();
    expect(spillFiles()).to.equal(0);
  });

  it('cannot be used after it is closed, and can be closed again', () => {
    const file = new SpillFile();
    file.append(Buffer.from('x'));
    file.close();
    file.close();
    expect(() => file.read(0, 1)).to.throw('the spill file is closed');
    expect(() => file.append(Buffer.from('x'))).to.throw('the spill file is closed');
  });

  it('is counted with its bytes while it is open', () => {
    const before = spillUsage();
    const file = new SpillFile();
    file.append(Buffer.from('12345'));
    expect(spillUsage()).to.deep.equal({ files: before.files + 1, bytes: before.bytes + 5 });
    file.close();
    file.close();
    expect(spillUsage()).to.deep.equal(before);
  });

  it('fails if the disk is full', () => {
    process.env.TMPDIR = '/nowhere';
    expect(() => new SpillFile()).to.throw('ENOENT');
  });
});
