/** Splits a stream into the packets of MySQL's protocol: three bytes of the length, one of the number, the contents. */
export class PacketSplitter {
  #rest = Buffer.alloc(0);

  split(chunk: Buffer): Buffer[] {
    const packets: Buffer[] = [];
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 4) {
      const end = 4 + this.#rest.readUIntLE(0, 3);
      if (this.#rest.length < end) break;
      packets.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return packets;
  }
}

/** Returns a packet with its head. */
export function packetOf(number: number, contents: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntLE(contents.length, 0, 3);
  head.writeUInt8(number, 3);
  return Buffer.concat([head, contents]);
}
