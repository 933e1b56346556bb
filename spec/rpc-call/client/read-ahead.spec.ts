import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { readAhead } from '#lib/rpc-call/client/read-ahead.js';

describe('readAhead', () => {
  async function* numbers(log: string[]): AsyncGenerator<number> {
    for (let i = 1; i <= 3; i++) {
      log.push(`read ${i}`);
      yield i;
    }
  }

  it('reads the next one while the caller works', async () => {
    const log: string[] = [];
    for await (const number of readAhead(numbers(log), () => log.push('end'))) {
      log.push(`send ${number}`);
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      log.push(`done ${number}`);
    }
    expect(log.join()).to.equal('read 1,send 1,read 2,done 1,send 2,read 3,done 2,send 3,done 3,end');
  });

  it('throws an error of the source behind what it has yielded', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new Error('unreadable');
    }
    const items: number[] = [];
    const reading = (async () => {
      for await (const item of readAhead(failing(), () => {})) items.push(item);
    })();
    expect(await reading.catch((error) => error.message)).to.equal('unreadable');
    expect(items).to.deep.equal([1]);
  });

  it('ends a source that waits if the caller takes no more', async () => {
    const input = new PassThrough({ objectMode: true });
    input.write(1);
    for await (const item of readAhead(input[Symbol.asyncIterator](), () => input.destroy())) {
      expect(item).to.equal(1);
      break;
    }
    if (!input.closed) await once(input, 'close');
  });
});
