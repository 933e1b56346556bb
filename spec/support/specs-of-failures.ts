/** For each failure in docs/operations.md: files in spec, and parts of the titles of specs in them. */
export const SPECS_OF_FAILURES: Readonly<Record<string, readonly string[]>> = {
  'an idle connection is cut, killed or closed by MySQL, or loses packets': [
    'reliability/network: that cuts a connection in a transaction: fault 2006 once',
    'reliability/network: that cuts a connection of a session that is not pinned: no fault',
    'reliability/network: that loses the packets of an idle connection: no fault, and another connection',
    'database/pool/lost-connections: while it is idle: fault 2006 once, and the next statement uses another connection',
    'database/connections/server-errors: that closes idle connections: fault 2006, once, for a pinned session; no fault for the others',
  ],
  'a connection is cut or killed, or gets garbage, in a statement or its rows': [
    'reliability/network: that cuts a connection during a statement: fault 2013, and the statement is not run again',
    'reliability/network: that cuts a connection during a result: fault 2013, and no partial result',
    'reliability/network: that cuts a connection during a stream: fault 2013, or a broken-off response',
    'reliability/network: that sends garbage: a fault, and another connection',
    'database/pool/lost-connections: during a statement: fault 2013, and the next statement uses another connection',
  ],
  'packets are lost during a statement, or MySQL hangs': [
    'reliability/network: that loses packets during a statement: fault 58 after --query-timeout, even if KILL QUERY is lost',
    'reliability/mysql-server: that hangs: fault 58 after --query-timeout, and recovery when it continues',
  ],
  'MySQL does not answer': [
    'database/pool/lost-connections: causes fault 2003 for a host and port',
    'database/pool/lost-connections: causes fault 2003 before the wait for a connection ends',
    'reliability/outages: that lasts longer than anybody waits leaves no sessions of a storm of retries behind',
  ],
  'MySQL ends or restarts': [
    'database/pool/lost-connections: causes faults until it is back, and is used again afterwards',
    'reliability/outages: sessions that are not pinned, and no statement is repeated',
  ],
  'an operator restarts MySQL in a `pause`': ['reliability/pause: makes a restart of MySQL a delay, and no fault'],
  'a statement is stopped, by a limit of MySQL or by netsvc': [
    'database/connections/server-errors: that stops a statement by a time limit of its own: its error, and the session stays open',
    'database/pool/stopped-statements: causes fault 58, and has no result',
  ],
  'a connection is lost in a call of `transaction`': ['reliability/transaction: is cut after MySQL has run'],
  'MySQL accepts no more connections': [
    'reliability/outages: that refuses connections (1040) is no fault as long as those of the pool come back',
  ],
  'MySQL is or becomes read-only': [
    'reliability/mysql-server: that is read-only: fault 1290, and the session stays open',
    'database/pool/several-hosts: leaves one that becomes read-only: its fault, and the next statement uses a writable one',
  ],
  'MySQL stops; there is another host': [
    'database/pool/several-hosts: uses the next one when the first stops, and stays with it',
  ],
  'the account is locked, or its password expires': [
    'database/connections/authentication: 1862 or 1820 if its password has expired',
    'database/connections/authentication: 3118 or 4151 if it is locked',
  ],
  'the server, or a proxy, does not report session state, or has no COM_RESET_CONNECTION': [
    'database/pool/limited-servers: pins every session from its first statement to its end',
    'database/pool/limited-servers: has isolated sessions, on one connection, by COM_CHANGE_USER',
    'database/pool/limited-servers: has isolated sessions, each on a new connection',
  ],
  'a response is lost': [
    'reliability/lost-answers: has its statement run once, and its session stays open',
    'reliability/once: is not cancelled if the client disconnects, and its repetition waits for it',
  ],
  'the client disconnects, or closes its writing side, during its statement': [
    'reliability/lost-answers: has its running statement stopped, and its transaction stays open',
    'http/whole-answers: gets its response, on the ',
  ],
  'the client does not use its session': [
    'database/lease/session-state: that is not used is closed within two seconds of its deadline, rolled back, its connection reset',
  ],
  'all connections are in use': [
    'database/pool/client-shares: are given to users in turns, and to the requests of one user in order of arrival',
    'database/pool/connection-pool: rejects a request with fault 51 after the wait timeout, or if the wait queue is full',
  ],
  'there are too many sessions': ['netsvc/session: causes fault 51 beyond the limit of its user or its address'],
  'a result exceeds `--max-result`, or the disk is full': [
    'reliability/disk: causes fault 51, and the session stays open',
    'database/results/large-results: closes its spill file if executemany fails after it',
    'database/database: on the size of a result: fault 51, and the session stays open',
  ],
  'an error that nothing handles': ['server/instance/unexpected-errors: an exception'],
  SIGTERM: [
    'server/netsvc: answers every accepted request, under load',
    'http/connections/client-connections: are answered their first request if they are new',
    'server/netsvc: that outlasts the grace period, with fault 58',
  ],
  'a second SIGTERM, or SIGKILL': [
    'server/netsvc: given twice exits at once, and leaves no private server running',
    'server/netsvc: keeps its data, and stops a server that a killed netsvc left running',
  ],
  'a restart with a socket unit': [
    'server/instance/socket-activation: is restarted under clients that connect for each call, none of which sees it',
  ],
  'one of several instances is killed': [
    'several-instances: lose the sessions of one that is killed, and no others; new ones go to the rest',
  ],
  'the private server ends': [
    'server/private/private-server-supervision: is started again, with its data, at the same address, and that is logged',
    'server/private/private-server-supervision: ends netsvc with status 1 and one line after three ends within a minute',
    'server/private/private-server-supervision: ends netsvc with status 1 and the reason if it cannot be started again',
  ],
};
