import { setTimeout } from 'node:timers/promises';
import type { WriteStream } from 'node:tty';
import { Interrupted, outcomeOf, STATUS } from '../client/command-errors.js';
import type { RpcEndpoint } from '../client/rpc-endpoint.js';
import { string } from '../client/typed-arguments.js';
import type { ClientCommand } from '../command/client-command.js';
import { Output } from '../command/output.js';
import type { Interrupts } from '../sql/interrupts.js';
import type { Report } from '../sql/report.js';
import { runCommand } from '../sql/run-command.js';
import { located } from '../sql/script.js';
import { type Item, isQuit, withSources } from '../sql/sourced-files.js';
import type { SqlSession } from '../sql/sql-session.js';
import type { Statement } from '../sql/statement-splitter.js';
import { codeOf } from '../values/sql-syntax.js';
import { editText } from './edit-text.js';
import { HistoryFile } from './history-file.js';
import { Pager } from './pager.js';
import { Prompt } from './prompt.js';
import { SchemaNames } from './schema-names.js';

/** What a conversation is about. */
export interface Topic {
  readonly session: SqlSession;
  /** The database service. */
  readonly service: RpcEndpoint;
  readonly interrupts: Interrupts;
  readonly report: Report;
  /** Continue with a sourced file after a fault. */
  readonly force: boolean;
}

/** Milliseconds to wait for the names at the end. */
const END_TIMEOUT = 300;

const NEVER = new AbortController().signal;

/** Statements after which there can be other tables and columns. */
const DEFINITION = /^(create|drop|alter|rename)\b/i;

/**
 * Runs the statements that are typed, whatever happens to them.
 *
 * @returns the exit status
 */
export async function converse(topic: Topic): Promise<number> {
  const { session, interrupts } = topic;
  await session.open();
  const conversation = new Conversation(topic);
  try {
    await conversation.run();
  } finally {
    await conversation.end();
  }
  interrupts.signal.throwIfAborted();
  return STATUS.OK;
}

class Conversation {
  readonly #topic: Topic;
  readonly #names: SchemaNames;
  readonly #prompt: Prompt;
  /** The current database when the names were asked for. */
  #named: string | null | undefined;
  #stale = true;
  /** The command that shows rows. */
  #pager: string | undefined;
  #asking = Promise.resolve();

  constructor(topic: Topic) {
    const { stdin: input, stdout, stderr, env } = process;
    const { service, interrupts } = topic;
    const output: WriteStream = stdout.isTTY ? stdout : stderr;
    this.#topic = topic;
    this.#names = new SchemaNames((query, args) => service.call('execute', [query, args.map(string)], NEVER));
    this.#prompt = new Prompt({ input, output, history: new HistoryFile(env), interrupts, names: this.#names });
  }

  async run(): Promise<void> {
    const { service, session } = this.#topic;
    const initial = lastPart(service.path);
    await this.#prompt.run(
      () => {
        this.#refreshNames();
        return session.schema === undefined ? initial : (session.schema ?? '(none)');
      },
      (statement) => this.#run(statement),
    );
  }

  /** A query that is broken off goes on in MySQL for a moment. */
  async end(): Promise<void> {
    await Promise.race([this.#asking, setTimeout(END_TIMEOUT, undefined, { ref: false })]);
  }

  /** Asks for the names in the background if they may have changed. */
  #refreshNames(): void {
    const { schema } = this.#topic.session;
    if (!this.#stale && schema === this.#named) return;
    this.#stale = false;
    this.#named = schema;
    this.#asking = this.#names.refresh(schema ?? undefined);
  }

  /** Runs a statement, or those of a file. The first failure ends a file. */
  async #run(statement: Statement): Promise<'quit' | undefined> {
    const { report, interrupts, force } = this.#topic;
    let item: Item | undefined;
    try {
      for await (item of withSources([statement], interrupts.signal)) {
        if (isQuit(item.command)) return 'quit';
        const failure = await this.#runItem(item).catch((error: unknown) => error ?? new Error('failed'));
        if (failure === undefined) continue;
        this.#tell(item.file === undefined ? failure : located(failure, item));
        if (!force) break;
      }
    } catch (error) {
      report.error(outcomeOf(error).message ?? 'interrupted');
    }
    return undefined;
  }

  #tell(error: unknown): void {
    this.#topic.report.error(outcomeOf(error).message ?? 'interrupted');
  }

  async #runItem({ statement, command }: Item): Promise<undefined> {
    const { session } = this.#topic;
    if (command) {
      await this.#runCommand(command);
      return;
    }
    if (DEFINITION.test(codeOf(statement.sql))) this.#stale = true;
    const run = () => session.run(statement, statement.literals ?? []);
    await (this.#pager === undefined ? run() : this.#paged(this.#pager, run));
    await session.followSchema(statement);
  }

  /** Runs a statement whose rows another program shows. */
  async #paged(command: string, run: () => Promise<void>): Promise<void> {
    const { session, report, interrupts } = this.#topic;
    let isRunning = true;
    const pager = new Pager(command, () => {
      if (isRunning) interrupts.interrupt();
    });
    const before = session.printTo(new Output(pager));
    report.hold();
    try {
      await this.#prompt.lend(async () => {
        try {
          await run();
        } finally {
          isRunning = false;
          await pager.close();
        }
      });
    } catch (error) {
      if (!pager.isLeft || !(error instanceof Interrupted)) throw error;
    } finally {
      session.printTo(before);
      report.release();
    }
  }

  async #runCommand(command: ClientCommand): Promise<void> {
    switch (command.name) {
      case 'rehash':
        this.#stale = true;
        return;
      case 'pager':
        this.#pager = command.argument || process.env.PAGER || 'less -SFX';
        return;
      case 'nopager':
        this.#pager = undefined;
        return;
      case 'edit':
        this.#prompt.offer(await this.#prompt.lend(() => editText(this.#prompt.take(), process.env)));
        return;
      default:
        await runCommand(command, this.#topic.session);
    }
  }
}

/** The last part of a path. */
function lastPart(path: string): string {
  return decodeURIComponent(path.replace(/\/+$/, '').split('/').at(-1) ?? '');
}
