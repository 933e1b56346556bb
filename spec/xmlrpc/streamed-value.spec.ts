import { expect } from 'chai';
import { RepeatableValue, StreamedValue } from '#lib/xmlrpc/streamed-value.js';

const PIECES = ['<value>', '<int>1</int>', '</value>'].map((text) => Buffer.from(text));

/** Pieces that record whether their generator has ended. */
class Source {
  finished = 0;
  ended = 0;
  failure: Error | undefined;

  async *pieces(): AsyncGenerator<Buffer> {
    try {
      yield* PIECES;
      if (this.failure) throw this.failure;
    } finally {
      this.finished++;
    }
  }

  value(): StreamedValue {
    return new StreamedValue(this.pieces(), () => {
      this.ended++;
    });
  }
}

async function read(value: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of value) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: Error) => error.message,
  );
}

describe('StreamedValue', () => {
  let source: Source;
  let value: StreamedValue;

  beforeEach(() => {
    source = new Source();
    value = source.value();
  });

  const ends: [string, number, () => Promise<unknown>][] = [
    ['has been read', 1, () => read(value)],
    [
      'fails',
      1,
      () => {
        source.failure = new Error('broken');
        return failureOf(read(value));
      },
    ],
    [
      'has a reader that stops early',
      1,
      async () => {
        for await (const _ of value) break;
      },
    ],
    ['is cancelled before it is begun', 0, async () => value.cancel()],
    [
      'is cancelled in the middle',
      1,
      async () => {
        await value.next();
        value.cancel();
      },
    ],
    [
      'is cancelled while a piece is being read',
      1,
      async () => {
        const next = value.next();
        value.cancel();
        await next;
      },
    ],
  ];
  for (const [how, finished, end] of ends) {
    it(`ends its pieces once if it ${how}`, async () => {
      await end();
      await value.done;
      expect(source).to.include({ ended: 1, finished });
      value.cancel();
      await value.return();
      expect(source).to.include({ ended: 1, finished });
    });

    it(`cannot be read again after it ${how}`, async () => {
      await end();
      await value.done;
      expect(await failureOf(read(value))).to.equal('the streamed value has ended');
    });
  }

  it('ends the value that is in it, begun or not', async () => {
    for (const begun of [true, false]) {
      source = new Source();
      const outer = new StreamedValue(source.value());
      if (begun) await outer.next();
      outer.cancel();
      await outer.done;
      await new Promise(setImmediate);
      expect(source, `begun: ${begun}`).to.include({ ended: 1 });
    }
  });

  it('has one reader', async () => {
    expect(String((await value[Symbol.asyncIterator]().next()).value)).to.equal('<value>');
    expect(await read(value)).to.equal('<int>1</int></value>');
  });

  it('fails with the reason of its cancellation', async () => {
    await value.next();
    value.cancel(new Error('closed'));
    expect(await failureOf(value.next())).to.equal('closed');
  });
});

describe('RepeatableValue', () => {
  it('opens its pieces for each response, and holds what they are read from until the last has ended', async () => {
    let holders = 0;
    const hold = () => {
      holders++;
      return () => {
        holders--;
      };
    };
    const value = new RepeatableValue(() => PIECES, hold);
    const [first, second] = [value.again(), value.again()];
    expect(holders).to.equal(3);
    expect(await read(first)).to.equal('<value><int>1</int></value>');
    value.cancel();
    expect(holders).to.equal(1);
    expect(await read(second)).to.equal('<value><int>1</int></value>');
    expect(holders).to.equal(0);
  });
});
