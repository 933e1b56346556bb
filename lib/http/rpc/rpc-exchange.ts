import { MemoryRefused } from '../../memory/memory-account.js';
import type { Endpoint } from '../../netsvc/endpoint.js';
import { failureOf } from '../../netsvc/failure-of.js';
import { FAULTS } from '../../netsvc/faults.js';
import type { ExportedMethod } from '../../netsvc/method-table.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { ServiceRequest } from '../../netsvc/service-request.js';
import { SessionClosed } from '../../netsvc/session-end.js';
import { inTurns } from '../../turns/turns.js';
import type { MethodCall } from '../../xmlrpc/call-builder.js';
import { DecodingError } from '../../xmlrpc/codec-error.js';
import { CallDecoder } from '../../xmlrpc/decoder.js';
import { encodeFault, responsePieces, responseSteps } from '../../xmlrpc/encoder.js';
import { StreamedValue } from '../../xmlrpc/streamed-value.js';
import type { EncodedResponse } from '../../xmlrpc/value-encoding.js';
import { lengthOf } from '../answers/answer-channel.js';
import type { AnswerForm } from '../answers/answer-form.js';
import { BytePieces } from '../answers/byte-pieces.js';
import { bodyTooLarge, sessionEnded } from '../answers/refusals.js';
import { RequestMemory, STREAM_COST } from '../answers/request-memory.js';
import type { Receiver, Reply, WholeReply } from '../answers/servlet.js';

export interface ExchangeOptions {
  /** The maximum size of the body. */
  readonly maxBytes: number;
  /** Of the Content-Type. */
  readonly charset: string | undefined;
  readonly form: AnswerForm;
}

/**
 * One call: receives the body and returns the reply. It holds the service from the head of the request to the last byte
 * of the response, so that a session does not expire in between.
 */
export class RpcExchange implements Receiver {
  readonly #service: Endpoint;
  readonly #request: ServiceRequest;
  readonly #memory: RequestMemory;
  readonly #pieces = new BytePieces((piece) => this.#decoder?.write(piece));
  /** Undefined at the end of the body, and after an error: it may hold much. */
  #decoder: CallDecoder | undefined;
  readonly #maxBytes: number;
  readonly #form: AnswerForm;
  #undecodable: DecodingError | MemoryRefused | undefined;
  /** It is ended here, however far the response gets. */
  #streamed: StreamedValue | undefined;
  #closed = false;
  /** What is sent in place of a streamed response that failed, if it has not begun. */
  #failed: WholeReply | undefined;
  /** The method that is called, if it is exported. Other names are not kept: a client can invent any number. */
  #method: ExportedMethod | undefined;
  /** For the observer: when the request had been read, and whether it knows the end. */
  #since: number | undefined;
  #observed = false;

  constructor(service: Endpoint, request: ServiceRequest, { maxBytes, charset, form }: ExchangeOptions) {
    this.#service = service;
    this.#request = request;
    this.#memory = new RequestMemory(service.accountOf(request));
    this.#decoder = new CallDecoder(charset);
    this.#maxBytes = maxBytes;
    this.#form = form;
    service.hold();
  }

  write(chunk: Buffer): WholeReply | undefined {
    const { usage } = this.#request;
    usage.bytesIn += chunk.length;
    if (usage.bytesIn > this.#maxBytes) return bodyTooLarge(this.#maxBytes);
    // The rest of a refused body is read, because a client that is still sending would not receive the fault.
    this.#decode(() => this.#pieces.add(chunk));
    return undefined;
  }

  end(): Reply | Promise<Reply> {
    this.#decode(() => this.#pieces.end());
    const decoder = this.#decoder;
    if (decoder === undefined) return this.#refuse();
    try {
      const call = decoder.ending();
      if ('next' in call) return this.#endInTurns(decoder, call);
      this.#memory.decoded(decoder.cost);
      return this.#answer(call);
    } catch (error) {
      return this.#undecoded(error);
    }
  }

  async #endInTurns(decoder: CallDecoder, ending: Generator<void, MethodCall>): Promise<Reply> {
    const steps = this.#countedSteps(decoder, ending);
    try {
      return await this.#answer(await inTurns(steps, () => this.#request.throwIfAborted()));
    } catch (error) {
      return this.#undecoded(error);
    }
  }

  *#countedSteps(decoder: CallDecoder, ending: Generator<void, MethodCall>): Generator<void, MethodCall> {
    for (;;) {
      const { done, value: call } = ending.next();
      this.#memory.decoded(decoder.cost);
      if (done) return call;
      yield;
    }
  }

  #answer(call: MethodCall): Reply | Promise<Reply> {
    this.#decoder = undefined;
    if (this.#service.registry.observer.callEnded) this.#since = performance.now();
    this.#method = this.#service.exportedMethod(call.methodName);
    return this.#perform(call);
  }

  fail(reason: string): WholeReply {
    this.#drop(new DecodingError(reason));
    return this.#refuse();
  }

  #refuse(): WholeReply {
    if (this.#undecodable instanceof MemoryRefused) return this.#fail(this.#undecodable);
    return this.#fault(ServiceFailure.of(FAULTS.REQUEST_DECODING_ERROR, this.#undecodable?.message));
  }

  abort(reason: Error): void {
    this.#request.abort(reason);
  }

  close(): void {
    this.#closed = true;
    this.#streamed?.cancel();
    if (this.#streamed) this.#observe();
    this.#memory.release();
    this.#service.release(this.#request.usage);
  }

  #decode(step: () => void): void {
    const decoder = this.#decoder;
    if (decoder === undefined) return;
    try {
      step();
      this.#memory.decoded(decoder.cost + this.#pieces.held);
    } catch (error) {
      if (!(error instanceof DecodingError || error instanceof MemoryRefused)) throw error;
      this.#drop(error);
    }
  }

  #undecoded(error: unknown): WholeReply {
    if (!(error instanceof DecodingError || error instanceof MemoryRefused)) return this.#fail(error);
    this.#drop(error);
    return this.#refuse();
  }

  /** The call will not be made. Only the first reason counts. */
  #drop(reason: DecodingError | MemoryRefused): void {
    this.#undecodable ??= reason;
    this.#decoder = undefined;
    this.#pieces.drop();
    this.#memory.drop();
  }

  /** The call has ended. Only the first end counts: a response can fail while it is sent. */
  #observe(fault?: number): void {
    const { registry, publicName: endpoint } = this.#service;
    if (this.#observed || registry.observer.callEnded === undefined) return;
    this.#observed = true;
    const seconds = this.#since === undefined ? 0 : (performance.now() - this.#since) / 1000;
    registry.observer.callEnded({ endpoint, method: this.#method?.name, fault, seconds, request: this.#request });
  }

  #perform({ methodName, params }: MethodCall): Reply | Promise<Reply> {
    try {
      const result = this.#service.perform(methodName, params, this.#request);
      if (!(result instanceof Promise)) return this.#succeed(result);
      return result.then(
        (value) => this.#succeed(value),
        (error: unknown) => this.#fail(error),
      );
    } catch (error) {
      return this.#fail(error);
    }
  }

  #succeed(value: unknown): Reply | Promise<Reply> {
    if (value instanceof StreamedValue) return this.#stream(value);
    try {
      const sent = this.#method?.sent;
      const body = inTurns(responseSteps(sent === undefined ? value : sent(value), this.#service));
      if (!(body instanceof Promise)) return this.#send(body);
      return body.then(
        (body) => this.#send(body),
        (error: unknown) => this.#fail(error),
      );
    } catch (error) {
      return this.#fail(error);
    }
  }

  #send(body: EncodedResponse): WholeReply {
    this.#request.usage.bytesOut = byteLength(body);
    this.#memory.answering(this.#request.usage.bytesOut);
    this.#observe();
    return this.#reply(body);
  }

  #stream(value: StreamedValue): Reply {
    this.#streamed = value;
    if (this.#closed) value.cancel();
    else this.#memory.hold(STREAM_COST);
    const body = {
      pieces: this.#counted(responsePieces(value)),
      fail: (error: unknown) => this.#failed ?? this.#fail(error),
    };
    const { type, headers, compressible, whole } = this.#form;
    return { status: 200, type, headers, compressible, body, whole, maxLength: this.#service.form.maxResponse };
  }

  /** Counts the bytes of a response, and reports why it cannot be created: it may have begun, and have no fault. */
  async *#counted(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      for await (const piece of pieces) {
        this.#request.usage.bytesOut += piece.length;
        yield piece;
      }
    } catch (error) {
      if (!this.#closed) this.#failed = this.#fail(error);
      throw error;
    }
  }

  #fail(error: unknown): WholeReply {
    const failure = failureOf(error, this.#service, this.#request, this.#method?.name);
    const reply = this.#fault(failure);
    return failure instanceof SessionClosed ? sessionEnded(failure.ending) : reply;
  }

  #fault(failure: ServiceFailure): WholeReply {
    const body = encodeFault(failure.error, failure.faultString);
    this.#request.usage.bytesOut = byteLength(body);
    this.#observe(failure.error);
    return this.#reply(body);
  }

  #reply(body: EncodedResponse): WholeReply {
    const { type, headers, compressible } = this.#form;
    return { status: 200, type, headers, compressible, body };
  }
}

function byteLength(body: string | readonly Buffer[]): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : lengthOf(body);
}
