import { type ClientCommand, RefusedCommand } from '../command/client-command.js';
import type { SqlSession } from './sql-session.js';

const HELP = `Statements end with ; and may have several lines.

\\g  ends a statement, as ; does
\\G  ends a statement and prints one value a line
\\c, clear           discards the statement that is being typed
\\d, delimiter //    ends statements with // instead of ;
\\e, edit            edits the statement, or the last one, with EDITOR
\\h, help            prints this help; help WORD asks the database
\\n, nopager         prints rows to the terminal
\\P, pager COMMAND   shows rows with a program; without COMMAND, with PAGER or less
\\q, quit            quits, as Ctrl-D does
\\#, rehash          asks for the names of tables and columns again
\\., source FILE     runs the statements of a file
\\s, status          tells about the session
\\u, use NAME        changes the current database

Tab completes words, Ctrl-R searches what was typed before. Ctrl-C stops the
running statement, or discards the one that is being typed. Twice, it ends the
session.
`;

/**
 * Runs a command to the client that is part of a script.
 *
 * @throws {RefusedCommand} if it does not exist, or needs a terminal
 */
export async function runCommand(command: ClientCommand, session: SqlSession): Promise<void> {
  switch (command.name) {
    case 'help':
      await session.print(HELP);
      return;
    case 'status':
      await session.print(await session.status());
      return;
    case 'rehash':
      return;
    default:
      throw new RefusedCommand(command);
  }
}
