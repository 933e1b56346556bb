import '../support/poison.js';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect } from 'chai';
import { ChunkedBody } from '#lib/http/fast/socket-body.js';
import {
  acquireBuffer,
  isPooled,
  POISON,
  POOLED_BUFFER_SIZE,
  releaseBuffer,
  returnBuffer,
  sealBuffer,
} from '#lib/memory/buffer-pool.js';

/** A socket that records what is written, and reports `result()` for each write. */
function fakeSocket(written: Buffer[], result: () => Error | null): Socket {
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(Buffer.from(chunk));
      setImmediate(() => done(result()));
    },
  });
  return socket.on('error', () => {}) as Socket;
}

/** Resolves when a body has been closed, whether or not it failed, and the socket has ended its writes. */
function closed(body: ChunkedBody): Promise<void> {
  return new Promise((resolve) => body.once('close', () => setImmediate(resolve)));
}

/** As the reader of a piece does. */
function release(piece: Buffer): void {
  if (isPooled(piece)) releaseBuffer(piece);
}

/** A sealed piece with the bytes of `text`. */
function pieceOf(text: string): Buffer {
  const buffer = acquireBuffer();
  return sealBuffer(buffer, buffer.write(text));
}

describe('buffer pool', () => {
  /** Takes every free buffer, so that the only free ones are those that a spec releases. */
  beforeEach(() => {
    for (let i = 0; i < 256; i++) acquireBuffer();
  });

  it('reuses the memory of a released piece', () => {
    const piece = pieceOf('first');
    expect(piece.toString()).to.equal('first');
    release(piece);
    const buffer = acquireBuffer();
    expect(buffer.buffer).to.equal(piece.buffer);
    expect(buffer).to.have.length(POOLED_BUFFER_SIZE);
  });

  it('overwrites the memory of a released piece, so that nobody can read it by mistake', () => {
    const piece = pieceOf('of one client');
    release(piece);
    expect(new Set(piece)).to.deep.equal(new Set([POISON]));
  });

  it('ignores a second release, even if the memory is in use again', () => {
    const stale = pieceOf('first');
    release(stale);
    const current = pieceOf('second');
    expect(current.buffer).to.equal(stale.buffer);
    release(stale);
    expect(acquireBuffer().buffer).not.to.equal(current.buffer);
  });

  it('ignores a part of a piece, whose other parts may still be in use', () => {
    const piece = pieceOf('two parts');
    release(piece.subarray(0, 3));
    expect(acquireBuffer().buffer).not.to.equal(piece.buffer);
  });

  it('ignores a buffer that a writer still owns', () => {
    const buffer = acquireBuffer();
    release(buffer);
    expect(acquireBuffer().buffer).not.to.equal(buffer.buffer);
  });

  it('ignores buffers of other origin', () => {
    const other = Buffer.from(new ArrayBuffer(POOLED_BUFFER_SIZE));
    release(sealBuffer(other, 10));
    release(other);
    expect(acquireBuffer().buffer).not.to.equal(other.buffer);
  });

  it('reuses the memory of a buffer that is returned, once, and overwrites it', () => {
    const buffer = acquireBuffer();
    buffer.write('of one client');
    returnBuffer(buffer);
    expect(new Set(buffer)).to.deep.equal(new Set([POISON]));
    returnBuffer(buffer);
    expect(acquireBuffer().buffer).to.equal(buffer.buffer);
    expect(acquireBuffer().buffer).not.to.equal(buffer.buffer);
  });

  it('does not take a buffer back that is sealed, or of other origin', () => {
    const buffer = acquireBuffer();
    sealBuffer(buffer, 10);
    const other = Buffer.alloc(POOLED_BUFFER_SIZE);
    for (const refused of [buffer, other]) returnBuffer(refused);
    const next = [acquireBuffer(), acquireBuffer()].map(({ buffer }) => buffer);
    for (const refused of [buffer, other]) expect(next).not.to.include(refused.buffer);
  });

  it('gets the memory back when the socket has taken a chunk', async () => {
    const written: Buffer[] = [];
    const body = new ChunkedBody(
      fakeSocket(written, () => null),
      () => {},
    );
    const piece = pieceOf('sent');
    body.end(piece);
    await once(body, 'finish');
    expect(Buffer.concat(written).toString()).to.equal('4\r\nsent\r\n0\r\n\r\n');
    expect(acquireBuffer().buffer).to.equal(piece.buffer);
  });

  it('leaves the memory to the garbage collector when the socket fails', async () => {
    const body = new ChunkedBody(
      fakeSocket([], () => new Error('connection reset')),
      () => {},
    );
    const piece = pieceOf('not sent');
    body.on('error', () => {}).write(piece);
    await closed(body);
    expect(acquireBuffer().buffer).not.to.equal(piece.buffer);
  });

  it('leaves the memory of queued pieces to the garbage collector when the answer is aborted', async () => {
    const body = new ChunkedBody(
      fakeSocket([], () => null),
      () => {},
    );
    const pieces = [pieceOf('in the socket'), pieceOf('in the queue')];
    for (const piece of pieces) body.write(piece);
    body.on('error', () => {}).destroy(new Error('aborted'));
    await closed(body);
    const next = [acquireBuffer(), acquireBuffer()].map(({ buffer }) => buffer);
    for (const { buffer } of pieces) expect(next).not.to.include(buffer);
  });
});
