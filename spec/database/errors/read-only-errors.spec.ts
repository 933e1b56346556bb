import { expect } from 'chai';
import { MysqlError, showsReadOnly } from '#lib/database/errors/mysql-error.js';

/** The beginning and the end of the message of error 1290. */
const [SERVER, CANNOT] = ['The MySQL server is running with the', 'option so it cannot execute this statement'];

describe('whether an error shows that a server cannot be written to', () => {
  const rows: [errno: number, message: string, shows: ReturnType<typeof showsReadOnly>][] = [
    [1290, `${SERVER} --super-read-only ${CANNOT}`, 'yes'],
    [1290, `${SERVER} --read-only ${CANNOT}`, 'yes'],
    [1290, `${SERVER} --secure-file-priv ${CANNOT}`, 'no'],
    [1290, `${SERVER} --skip-grant-tables ${CANNOT}`, 'no'],
    [1836, 'Running in read-only mode', 'yes'],
    [3100, "Error on observer while running replication hook 'before_commit'.", 'yes'],
    [1047, 'WSREP has not yet prepared node for application use', 'yes'],
    [1047, 'Unknown command', 'no'],
    [1205, 'Lock wait timeout exceeded; try restarting transaction', 'no'],
    [1213, 'Deadlock found when trying to get lock; try restarting transaction', 'no'],
    [1792, 'Cannot execute statement in a READ ONLY transaction', 'perhaps'],
  ];
  for (const [errno, message, shows] of rows) {
    it(`is answered by ${shows}: ${errno}, ${message}`, () => {
      expect(showsReadOnly(new MysqlError(errno, message))).to.equal(shows);
    });
  }
});
