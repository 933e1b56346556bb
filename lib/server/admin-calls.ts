import type { IncomingMessage } from 'node:http';
import { unmapped } from '../access/address.js';
import { isStreamed, type Reply, type Servlet, type WholeReply } from '../http/servlet.js';

/**
 * Answers a call of the admin service. Its responses are small, so they are sent whole.
 *
 * @param servlet checks the login and makes the call
 */
export async function answerCall(servlet: Servlet, path: string, request: IncomingMessage): Promise<WholeReply> {
  const { method = '', headers, socket } = request;
  const head = { method, path, headers, remoteAddress: unmapped(socket.remoteAddress ?? '') };
  const reception = await servlet.receive(head);
  if ('status' in reception) return reception;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      const refused = reception.write(chunk);
      if (refused) return refused;
    }
    return await whole(await reception.end());
  } finally {
    reception.close();
  }
}

async function whole(reply: Reply): Promise<WholeReply> {
  if (!isStreamed(reply)) return reply;
  const body: Buffer[] = [];
  try {
    for await (const piece of reply.body.pieces) body.push(piece);
    return { status: reply.status, type: reply.type, body };
  } catch (error) {
    return reply.body.fail(error);
  }
}
