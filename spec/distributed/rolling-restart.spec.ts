import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import type { HttpError } from '../support/client.js';
import { CursorClient } from '../support/database-gateway.js';
import { hasHaproxy } from '../support/haproxy.js';
import { Instances } from '../support/instances.js';
import { testDatabase } from '../support/mariadb.js';
import { pend } from '../support/test-server.js';
import { until } from '../support/until.js';

const CLIENTS = 180;

/** Clients whose sessions outlast the drain. */
const LASTING = 20;

/** Seconds. */
const DRAIN = 8;

describe('a rolling restart of three instances behind haproxy', () => {
  let instances: Instances;

  before(async function () {
    const mysql = testDatabase(this);
    if (!hasHaproxy) pend(this, 'haproxy is not installed');
    instances = await Instances.start(mysql, ['--drain', String(DRAIN), '--connections', '20']);
  });

  after(() => instances?.stop());

  it(`refuses no call of ${CLIENTS + LASTING} clients, and ends only sessions past their grace, with 404`, async () => {
    let [ending, calls] = [false, 0];
    const ended: string[] = [];
    const cursor = () => {
      calls++;
      return CursorClient.open(instances.url, 600);
    };
    const use = async (session: CursorClient, n: number) => {
      calls += 2;
      expect(await session.rows('select %s', [n])).to.deep.equal([[n]]);
    };
    const short = async () => {
      while (!ending) {
        const session = await cursor();
        for (let n = 0; n < 3 && !ending; n++) {
          await use(session, n);
          await setTimeout(100 + Math.random() * 400);
        }
        calls++;
        await session.call('close');
      }
    };
    const lasting = async () => {
      let session = await cursor();
      for (let n = 0; !ending; n++) {
        try {
          await use(session, n);
        } catch (error) {
          if ((error as HttpError).res?.statusCode !== 404) throw error;
          ended.push(session.id);
          session = await cursor();
        }
        await setTimeout(100 + Math.random() * 400);
      }
    };
    const clients = Array.from({ length: CLIENTS + LASTING }, (_, i) => (i < LASTING ? lasting() : short()));
    const running = Promise.all(clients);
    const restarts = async () => {
      await until(() => calls > 2000, 60);
      for (const instance of instances.instances) {
        const started = performance.now();
        const { process } = instance;
        process.child.kill('SIGTERM');
        expect((await process.ended).status).to.equal(0);
        const seconds = (performance.now() - started) / 1000;
        await instance.start();
        console.log(
          `      ${instance.name} drained in ${seconds.toFixed(1)} s, ${calls} calls, ${ended.length} sessions ended`,
        );
        // Until haproxy uses it again.
        await until(async () => {
          const session = await cursor();
          await session.call('close');
          return session.id.startsWith(`${instance.name}.`);
        }, 30);
      }
      ending = true;
    };
    await Promise.all([running, restarts()]);
    expect(ended.length).to.be.within(1, 3 * LASTING);
    expect(new Set(ended).size, 'each once').to.equal(ended.length);
  });
});
