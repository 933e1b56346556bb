import { setTimeout } from 'node:timers/promises';
import { call, type Fault } from '../support/client.js';
import { CursorClient } from '../support/database-gateway.js';
import { until } from '../support/until.js';

/** The table that the clients write to. */
export const LEDGER = 'create table test.ledger (client int, n int, primary key (client, n)) engine=InnoDB';

/** Clients that insert numbered rows through netsvc, and note what was acknowledged. */
export class InsertLoad {
  /** As `CLIENT N`. */
  readonly acknowledged: string[] = [];
  /** How often each fault was received. */
  readonly faults = new Map<number, number>();
  readonly #url: string;
  readonly #clients: Promise<unknown>;
  #ending = false;
  /** When rows were acknowledged, in milliseconds. */
  readonly #times: number[] = [];

  /** Every other client inserts its rows in transactions of a session. */
  constructor(url: string, clients = 16) {
    this.#url = url;
    const loops = Array.from({ length: clients }, (_, client) =>
      client % 2 === 0 ? this.#insertAlone(client) : this.#insertInTransactions(client),
    );
    this.#clients = Promise.all(loops);
  }

  async stop(): Promise<void> {
    this.#ending = true;
    await this.#clients;
  }

  /**
   * Writes before, during and after a failure, and ends.
   *
   * @param event causes the failure
   * @param afterwards is done when rows are acknowledged again
   * @returns the longest gap in the service, in seconds
   */
  async outlive(event: () => Promise<void>, afterwards = async () => {}): Promise<number> {
    await until(() => this.acknowledged.length > 500, 60);
    const since = performance.now();
    await event();
    await until(() => this.longestGap(since) > 0, 60);
    await afterwards();
    const before = this.acknowledged.length;
    await until(() => this.acknowledged.length > before + 500, 60);
    await this.stop();
    const gap = this.longestGap(since);
    const faults = JSON.stringify(Object.fromEntries(this.faults));
    console.log(`      ${this.acknowledged.length} rows; gap in service: ${gap.toFixed(1)} s, faults: ${faults}`);
    return gap;
  }

  /** The longest time without an acknowledged row, in seconds, that ended after a time. */
  longestGap(since: number): number {
    const gaps = this.#times.map((time, i) => (time < since ? 0 : time - (this.#times[i - 1] ?? time)));
    return Math.max(0, ...gaps) / 1000;
  }

  /** Those of the acknowledged rows that `rows` does not contain. */
  lost(rows: readonly (readonly unknown[])[]): string[] {
    const there = new Set(rows.map(([client, n]) => `${client} ${n}`));
    return this.acknowledged.filter((row) => !there.has(row));
  }

  async #insertAlone(client: number): Promise<void> {
    for (let n = 0; !this.#ending; n++) {
      await this.#attempt(
        () => call(this.#url, 'execute', 'insert into ledger values (%s, %s)', [client, n]),
        [`${client} ${n}`],
      );
    }
  }

  async #insertInTransactions(client: number): Promise<void> {
    let session: CursorClient | undefined;
    for (let n = 0; !this.#ending; n += 2) {
      const done = await this.#attempt(async () => {
        session ??= await CursorClient.open(this.#url);
        await session.call('begin');
        for (const each of [n, n + 1]) await session.execute('insert into ledger values (%s, %s)', [client, each]);
        await session.call('commit');
      }, [`${client} ${n}`, `${client} ${n + 1}`]);
      if (!done) await session?.call('rollback').catch(() => {});
    }
    await session?.call('close');
  }

  /** @returns whether the rows were acknowledged */
  async #attempt(work: () => Promise<unknown>, rows: readonly string[]): Promise<boolean> {
    try {
      await work();
      this.acknowledged.push(...rows);
      this.#times.push(performance.now());
      return true;
    } catch (error) {
      const { faultCode } = error as Fault;
      if (faultCode === undefined) throw error;
      this.faults.set(faultCode, (this.faults.get(faultCode) ?? 0) + 1);
      // As programs do.
      await setTimeout(50);
      return false;
    }
  }
}
