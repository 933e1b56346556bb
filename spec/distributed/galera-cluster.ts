import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MysqldProcess } from '#lib/server/private/mysqld-process.js';
import { MysqldProgram } from '#lib/server/private/mysqld-program.js';
import { freePort } from '../support/free-port.js';
import { runOnce } from '../support/run-once.js';
import { until } from '../support/until.js';

/** The path in Debian's package galera-4. */
export const PROVIDER = '/usr/lib/galera/libgalera_smm.so';

/**
 * The transfer of the data to a node that joins, as the servers run it on both nodes. Debian's package of the server
 * alone contains none.
 */
const TRANSFER = `#!/bin/sh
while [ $# -gt 0 ] && [ "$1" != --mysqld-args ]; do
  case "$1" in
    --role) role=$2 ;;
    --address) address=$2 ;;
    --datadir) data=\${2%/} ;;
    --gtid) gtid=$2 ;;
  esac
  shift
done
place=$(dirname "$0")/joiner-\${address##*:}
if [ "$role" = joiner ]; then
  echo "$data" > "$place"
  echo "ready $address"
  # Until the server that started it has been stopped.
  until [ -e "$place.done" ]; do
    [ -e "$place" ] || exit 1
    sleep 0.1
  done
  cat "$place.done"
else
  rm -f "$data/tables_flushed"
  echo 'flush tables'
  until [ -e "$data/tables_flushed" ]; do sleep 0.1; done
  for file in ibdata1 ib_logfile0 undo001 undo002 undo003 aria_log_control aria_log.00000001 mysql sys test; do
    [ ! -e "$data/$file" ] || cp -R "$data/$file" "$(cat "$place")"
  done
  echo continue
  echo "$gtid" > "$place.new"
  mv "$place.new" "$place.done"
  echo "done $gtid"
fi
`;

/** Seconds that a node may take to be ready. */
const READY_WAIT = 60;

/** A node of Galera on this machine. */
export class GaleraNode {
  #process: MysqldProcess | undefined;

  constructor(
    readonly program: MysqldProgram,
    /** The port for clients. */
    readonly port: number,
    /** The ports for the other nodes. */
    readonly ports: { readonly group: number; readonly data: number; readonly changes: number },
    readonly folder: string,
    readonly cluster: string,
  ) {}

  get data(): string {
    return join(this.folder, 'data');
  }

  /** Starts the node, and waits until it is a part of the cluster. @param isFirst it is the first of a new cluster */
  async start(isFirst = false): Promise<void> {
    const { program, folder, port, data } = this;
    const { group: groupPort, changes: istPort, data: transferPort } = this.ports;
    for (const path of [data, join(folder, 'tmp')]) await mkdir(path, { recursive: true });
    const provider = [
      'base_host=127.0.0.1',
      `base_port=${groupPort}`,
      `ist.recv_addr=127.0.0.1:${istPort}`,
      `gmcast.listen_addr=tcp://127.0.0.1:${groupPort}`,
    ];
    const args = [
      ...program.serverArguments(data, join(folder, 'tmp'), this.#socket, join(folder, 'pid')),
      '--skip-networking=0',
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-buffer-pool-size=32M',
      '--binlog-format=ROW',
      '--innodb-autoinc-lock-mode=2',
      '--wsrep-on=ON',
      `--wsrep-provider=${PROVIDER}`,
      `--wsrep-provider-options=${provider.join(';')}`,
      `--wsrep-cluster-address=gcomm://${this.cluster}`,
      '--wsrep-node-address=127.0.0.1',

      '--wsrep-sst-method=spec',
      `--wsrep-sst-receive-address=127.0.0.1:${transferPort}`,
      ...(isFirst ? ['--wsrep-new-cluster'] : []),
    ];
    this.#process = new MysqldProcess(program.path, args, new AbortController().signal);
    await until(async () => {
      const rows = await this.query("show status like 'wsrep_local_state_comment'").catch(() => []);
      return rows[0]?.[1] === 'Synced';
    }, READY_WAIT);
  }

  /** Runs a statement as an administrator. */
  query(sql: string): Promise<unknown[][]> {
    return runOnce({ socketPath: this.#socket, user: 'root' }, sql);
  }

  async stop(): Promise<void> {
    await this.#process?.terminate();
    this.#process = undefined;
  }

  async kill(): Promise<void> {
    process.kill(this.#process?.pid ?? 0, 'SIGKILL');
    await this.stop();
  }

  get #socket(): string {
    return join(this.folder, 'sock');
  }
}

/** Nodes of Galera on this machine. */
export class GaleraCluster {
  readonly nodes: GaleraNode[] = [];

  /** @param statements that prepare the data of all nodes */
  async start(size: number, statements: readonly string[]): Promise<void> {
    const program = await MysqldProgram.find(['MariaDB']);
    if (program === undefined) throw new Error('there is no MariaDB');
    const ports = await Promise.all(Array.from({ length: 4 * size }, freePort));
    const nodes = Array.from(
      { length: size },
      (_, i) => ports.slice(4 * i, 4 * i + 4) as [number, number, number, number],
    );
    const cluster = nodes.map(([, group]) => `127.0.0.1:${group}`).join(',');
    for (const [port, group, data, changes] of nodes) {
      const folder = await mkdtemp(join(tmpdir(), 'netsvc-galera-'));
      this.nodes.push(new GaleraNode(program, port, { group, data, changes }, folder, cluster));
    }
    const [first, ...others] = this.nodes;
    if (first === undefined) return;
    await writeFile(join(first.folder, 'wsrep_sst_spec'), TRANSFER, { mode: 0o755 });
    process.env.PATH = `${first.folder}:${process.env.PATH}`;
    await program.createData(first.data, first.folder);
    await first.start(true);
    for (const statement of statements) await first.query(statement);
    for (const node of others) await node.start();
  }

  async remove(): Promise<void> {
    for (const node of this.nodes) {
      await node.stop();
      await rm(node.folder, { recursive: true });
    }
  }
}
