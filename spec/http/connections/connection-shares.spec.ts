import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { ConnectionShares } from '#lib/http/connections/connection-shares.js';

interface Connection {
  readonly owner: string;
  readonly number: number;
  idle: boolean;
}

/** The same by searching all connections. */
class Model {
  open: Connection[] = [];

  get largest(): number {
    return Math.max(0, ...this.open.map((connection) => this.size(connection)));
  }

  size({ owner }: Connection): number {
    return this.open.filter((connection) => connection.owner === owner).length;
  }
}

describe('ConnectionShares', () => {
  it('finds the idle connection of the owner with the most, as a search of all would', () => {
    const seed = randomInt(2 ** 31);
    let state = seed;
    const random = (limit: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >> 8) % limit;
    };
    const shares = new ConnectionShares<Connection>();
    const model = new Model();
    for (let step = 0; step < 2000; step++) {
      const about = `seed ${seed}, step ${step}`;
      const connection = model.open[random(Math.max(1, model.open.length))];
      const what = random(10);
      if (what < 4 || connection === undefined) {
        const added = { owner: String(random(8)), number: step, idle: random(2) === 0 };
        model.open.push(added);
        shares.add(added.owner, added, added.idle);
      } else if (what < 7) {
        connection.idle = !connection.idle;
        shares.setIdle(connection.owner, connection, connection.idle);
      } else {
        model.open.splice(model.open.indexOf(connection), 1);
        shares.delete(connection.owner, connection);
        shares.delete(connection.owner, connection);
      }
      expect(shares.count, about).to.equal(model.open.length);
      expect(shares.busy, about).to.equal(model.open.filter(({ idle }) => !idle).length);
      expect(shares.largest?.count ?? 0, about).to.equal(model.largest);
      const idle = shares.longestIdle();
      const most = Math.max(0, ...model.open.filter(({ idle }) => idle).map((connection) => model.size(connection)));
      expect(idle === undefined ? 0 : model.size(idle), about).to.equal(most);
      expect(idle?.idle ?? true, about).to.equal(true);
      const oldest = shares.oldest(({ idle }) => !idle);
      const owned = model.open.filter(({ owner, idle }) => owner === oldest?.owner && !idle);
      expect(oldest, about).to.equal(owned[0]);
    }
  });
});
