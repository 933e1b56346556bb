/** For each threat in docs/security.md: files in spec, and parts of the titles of specs in them. */
export const SPECS_OF_THREATS: Readonly<Record<string, readonly string[]>> = {
  'A client reaches a server with default settings.': [
    'server/settings: allow remote access only with users, or with --insecure',
    'server/socket-activation: does not accept remote clients without authentication',
  ],
  'A program that netsvc starts accepts its connections.': [
    'server/socket-activation: listens on them, and passes them to no other process',
  ],
  'A client has another address, or forges X-Forwarded-For.': [
    'server/hosts: and no others',
    'server/hosts: without trusting X-Forwarded-For of clients',
    'server/hosts: from the X-Forwarded-For of haproxy',
  ],
  'A web page makes a browser send requests, also from a domain that resolves to the server.': [
    'http/origins: cannot, with any credentials, if clients do not have to log in',
    'http/rpc-gateway: no Content-Type from a page',
  ],
  'An attacker reads or changes packets, or forces an old TLS.': [
    'http/tls: answers clients that trust its CA',
    'http/tls: does not accept TLS 1.0',
  ],
  'An attacker impersonates MySQL, or hides its TLS.': [
    'database/connections/secured-connections: fail if the certificate is for another name',
    'database/connections/secured-connections: fail if the certificate is not from a trusted CA',
    'database/connections/secured-connections: fail if the server does not support TLS',
  ],
  'A client guesses passwords, also from many addresses of a network or at once.': [
    'access/users: after ten failed logins, even with the right password',
    'access/users: even if its logins are simultaneous',
    'access/users: together with its IPv6 /64 network',
  ],
  'A client tries a password as many users, or makes the server forget failures.': [
    'access/users: after logins as a hundred users have failed, and then six seconds for each',
    'access/users: however many networks fail',
  ],
  'A client searches for users or endpoints by status, limit or time.': [
    'server/users: makes a host wait that tries a password as many users, whether they exist or not',
    'access/users: takes as long for an unknown login as for a wrong password',
    'http/rpc-gateway: missing credentials for any path',
  ],
  'A client floods the server with logins.': ['access/users: serves the networks in turn when many logins wait'],
  'A program that guesses, or repeats a stale password, locks out others.': [
    'server/users: makes a program wait that guesses, but no other one of its host',
    'server/users: counts a program that repeats a stale password once, and makes no one wait for it',
    'server/users: does not make a program wait whose password was right there before',
  ],
  'A client finds which wrong passwords others of its network have tried.': [
    'access/users: without telling which passwords others have tried',
  ],
  'A client uses a password that was changed.': [
    'access/users: drops a changed password and a removed user from the cache',
  ],
  "A client knows or guesses another user's session, endpoint, or how a session ended.": [
    'netsvc/session: has a name of 128 random bits',
    'server/users: hides a session from other users: for them it does not exist',
    'server/users: hides an endpoint from users that it is not for: for them it does not exist',
    'http/ended-sessions: does not exist for other users',
  ],
  'A client reads what a session left: tables, locks, variables, a role, warnings, statements, traces; also if a view, a trigger or an argument hides them.':
    [
      'database/pinning/session-state: leaves no temporary tables',
      'database/pinning/session-state: leaves no locks',
      'database/pinning/session-state: a role',
      'database/pinning/session-state: leaves no statements in SHOW PROFILES',
      'database/connections/initial-state: has no traces of the statements of another session',
      'database/pinning/session-state: warnings',
      'database/pinning/session-state: LAST_INSERT_ID() by an argument',
      'database/pinning/session-state: a variable by a trigger',
      'database/pinning/multiplexing: return what sessions on connections of their own return',
    ],
  'A client makes a connection unusable by XA.': ['database/xa: in a procedure that fails'],
  "A client fills MySQL's disk with temporary tables.": [
    'database/connections/temporary-tables: is given back when the session ends',
  ],
  'A client keeps revoked privileges or a locked account.': [
    'database/connections/account-changes: of all privileges on the schema',
    'database/connections/account-changes: that locks the account',
  ],
  'A client changes the password of the MySQL account.': [
    'server/account-check: warns of a password that a client can change',
  ],
  'An argument is SQL, also after an unseen change of `sql_mode`.': [
    'database/statements/injection: cannot change a statement, in any character set and sql_mode, tracked or not',
    'database/statements/injection: come back unchanged, whatever has set the sql_mode before, and in whichever order',
  ],
  "A client sends two statements in one, or reads the gateway's files.": [
    'database/database: LOCAL INFILE',
    'database/database: several statements in one',
  ],
  'A client writes to a read-only endpoint.': [
    'database/connections/init-statements: make MySQL reject all writes',
    'database/connections/init-statements: take effect again in the session after one that undid them',
  ],
  "Somebody else's statement is stopped, because a server's address moved.": [
    'database/connections/several-hosts: are not used if another server has the address by now',
  ],
  'The name of a user is SQL in the label of statements.': [
    'database/statement-label: cannot be ended, or made a comment that MySQL executes, by the name of a user',
  ],
  'A client or user takes all sessions, MySQL connections or places of the queue.': [
    'netsvc/session: causes fault 51 beyond the limit of its user or its address',
    'server/effective-limits: leave connections to others, if there are any, whatever one of them pins',
    'server/effective-limits: leave sessions to others, in each database and in all, and are reloaded',
    'database/connections/client-shares: are waited for by a user although the queue is full of the requests of another',
  ],
  'A storm of retries, or errors of a read-only server.': [
    'database/connections/several-hosts: is connected to at most once a second, however many statements it refuses',
    'reliability/outages: that lasts longer than anybody waits leaves no sessions of a storm of retries behind',
  ],
  'A client keeps MySQL busy.': [
    'database/pinning/connection-lease: stops a statement at the time limit with fault 58 and keeps the transaction',
  ],
  'A client leaves a transaction open, with or without statements, or makes ROLLBACK begin another.': [
    'database/pinning/transaction-limits: of its idle time is rolled back, frees its connection, and is told once',
    'database/pinning/transaction-limits: of its time is rolled back, although statements keep it from being idle',
    'database/pinning/transaction-limits: is rolled back although completion_type begins another one',
  ],
  'A client provokes an error that nothing handles.': ['server/unexpected-errors: a rejection'],
  'Requests or arguments take more memory than there is.': [
    'reliability/memory: arrays of one item',
    'database/memory: bounds a statement that short arguments make long: it is not run',
    'database/statements/cost: is rejected as soon as its arguments make it longer than a packet: one member, thousands of times',
  ],
  'Results take more memory than there is: rows, sets, columns, in many sessions, in `once`, `system.multicall` or HTTP/1.0.':
    [
      'database/memory: bounds the rows that it keeps: those that are refused memory are in a file',
      'database/database: on the size of a result: fault 51, and the session stays open',
      'database/results/large-results: is one of too many of a statement, which is stopped with fault 51',
      'database/results/large-results: is one of too many with thousands of columns: the statement is stopped even if it misses KILL QUERY',
      'http/whole-answers: to a client of HTTP/1.0 is limited by --max-result, and the statement is stopped',
      'http/streamed-answer: becomes a part of the response of system.multicall',
      'database/kept-answers: in memory and files',
    ],
  'A client does not read a response.': [
    'database/large-responses: is not held while it is not read',
    'http/streamed-answer: is broken off if the client reads nothing for too long',
  ],
  'A response is sent again while others use its memory.': [
    'database/kept-answers: is the same byte for byte after others have sent large responses',
  ],
  'A client sets a character set of results that the driver does not know.': [
    'database/rows/text-decoder: costs no connection in any character set, and has its columns',
  ],
  'A DOCTYPE has entities that expand or name files.': ['xmlrpc/decoder: a DOCTYPE'],
  'Values or calls nest, are too many, or have the name `__proto__`.': [
    'database/one-call: is refused with a nested list of calls',
    'xmlrpc/decoder: decodes arrays and structs that nest 200 deep, and rejects deeper ones',
    "xmlrpc/decoder: decodes members with the names of properties of JavaScript's objects",
    'netsvc/system-methods: accepts up to 1000 calls',
  ],
  'A body or a statement is made to be expensive.': [
    'database/statements/cost: blanks in a transaction statement',
    'hostile/hostile: a statement of quoted names',
    'hostile/hostile: placeholders of an unsupported kind, compressed',
    'fuzz/costly-bodies: members that collide',
    'fuzz/costly-bodies: members named by numbers',
    'hostile/hostile: a long argument in US-ASCII with another letter',
    'http/pipelines: complete calls',
    'hostile/hostile: stops no other for more than 100 ms: random ones',
    'fuzz/costly-bodies: one long reference',
  ],
  'A client never completes a head, a body or a TLS handshake.': [
    'http/requests: are refused with 408 if their head does not arrive in time',
    'http/requests: are refused with 408 if their body does not arrive in time',
    'http/tls: closes connections whose handshake does not end in time',
  ],
  'A client opens thousands of connections without requests, or with refused ones or failing logins.': [
    'http/client-connections: close the oldest unauthenticated connection, so that thousands of them exclude nobody',
    'http/client-connections: close connections that have had only refused requests',
    'http/strangers: several requests at once',
    'http/strangers: is not excluded by clients whose logins are being checked',
  ],
  'A user opens thousands of connections, or has calls on all.': [
    'http/client-connections: close the one that has been idle the longest, of the owner with the most, if all others are known',
    'http/client-connections: are left for others, however many calls a user makes',
  ],
  'A client takes all descriptors, or connections of operators.': [
    'server/descriptor-shares: answers operators and users while a client opens 400 connections',
    'server/admin-listener: answers health checks while a client keeps many connections open',
  ],
  'A body is large, endless or a decompression bomb, or headers or a path are long.': [
    'http/requests: a body that is too large',
    'http/rpc-gateway: a chunked body that grows beyond the limit with 413',
    'http/content-coding: do not exceed the size limit: a decompression bomb is refused with 413 while it is decompressed',
    'http/requests: headers that are too long',
    'http/requests: a path that is too long',
  ],
  'A request is smuggled past a proxy.': [
    'http/last-response: is the only one to what arrives',
    'http/last-response: is that to the last of several requests',
    'http/requests: two lengths',
    'http/requests: a length and chunks',
    'http/requests: line ends without CR',
    'http/fast/fast-request: are read by node:http in the same way, and as one request',
  ],
  'A path leaves the tree of services.': ['http/request-path: /database/%2e%2e/x'],
  'Help, names, statements or a Host header contain HTML or end a string.': [
    'http/documentation-page: shows declarations, with everything escaped',
    'http/endpoint-list: has those of the group that the user may use, and says nothing of others',
    'server/sessions-page: escapes statements',
    'http/documentation-page: names the address that the browser asked for, if nothing in it ends a string',
  ],
  'A browser passes on the URL of a session, or keeps a page.': [
    'http/documentation-page: is what a browser gets from an endpoint',
  ],
  "A web page acts with an operator's password, or frames a page of netsvc.": [
    'server/sessions-page: does nothing for a form of',
    'server/admin-service: does nothing:',
    'server/sessions-page: shows sessions and counters to browsers, without the ids of sessions',
  ],
  'A client reads metrics or sessions, or acts as an operator.': [
    'server/settings: allow remote access of operators only with users of its own, or with --insecure',
    'server/admin-listener: requires a login for details if it has users',
    'server/admin-service: requires a login, and does not exist without users or for clients',
    'server/admin-listener: does not answer a web page whose domain resolves to this machine',
    'server/sessions-page: has neither buttons nor statements if the listener has no users',
  ],
  'Probes make the server ask MySQL without end.': [
    'server/readiness: asks MySQL at most once a second, however often it is asked',
  ],
  'A user of the machine reads the list of processes.': [
    'server/secrets: from the list of processes before its modules are loaded',
  ],
  'A person reads faults: passwords, paths, internal errors.': [
    'server/secrets: from the list of processes, faults and the log',
    'database/results/large-results: causes fault 51 if the spill file cannot be written, and the session stays open',
    'http/rpc-gateway: fault 57 for an unexpected exception, whose text is only logged',
  ],
  'A person reads the log or metrics: passwords, values, ids of sessions.': [
    'server/log-observer: has slow statements, without their values, and counts them',
    'database/statement-digest: is short, and takes a time that is limited, whatever the statement',
    'netsvc/session: does not reveal its name in the log',
    'server/admin-listener: lists sessions without their ids and without SQL',
    'server/metrics: contain no session, user or SQL',
  ],
  'A client fills the log, or writes control characters to a terminal.': [
    'http/once-per-minute: tells the first of each of twenty keys in a minute',
    'server/log-output: contains no control character of a client',
  ],
  'A client makes the metrics grow.': [
    'server/metrics: have a limited number of label values, whichever errors a client provokes',
    'database/statement-operation: is one of few, whatever a client sends',
    'database/statement-operation: takes as long for large statements as for small ones',
  ],
  'A person reads the printed configuration or the password file.': [
    'server/configuration-file: is equivalent, except for secrets',
    'server/users: creates a file that only its owner can read',
  ],
};
