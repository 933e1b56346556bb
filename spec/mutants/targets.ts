/** Files of `lib`, each with the specs that must notice any change of it. */
type Targets = Readonly<Record<string, readonly string[]>>;

/** Those whose specs need no server. */
export const UNITS: Targets = {
  'database/pool/wait-queue': ['database/pool/wait-queue'],
  'database/pool/pool-client': ['database/pool/wait-queue'],
  'database/pool/parked-connections': ['database/pool/parked-connections'],
  'database/pool/pooled-connection': ['database/pool/pooled-connection'],
  'database/pool/pool-connections': ['database/pool/pooled-connection'],
  'database/pool/wait-failure': ['database/pool/wait-failure'],
  'database/lease/transaction-guard': ['database/lease/transaction-guard'],
  'database/lease/session-state': ['database/lease/lost-state'],
  'database/lease/session-settings': ['database/lease/replayed-settings'],
  'database/lease/held-pins': ['database/lease/held-pins'],
  'database/lease/settlement': ['database/lease/settlement'],
  'database/lease/lease-state': ['database/lease/lease-state'],
  'database/connections/connection-state': ['database/connections/connection-state'],
  'database/connections/client-charset': ['database/connections/client-charset'],
  'database/connections/literal-charset': ['database/connections/client-charset'],
  'netsvc/deadlines': ['netsvc/deadlines'],
  'netsvc/session-limits': ['netsvc/session-limits'],
  'netsvc/request-queue': ['netsvc/request-queue'],
  'netsvc/session-end': ['netsvc/session-end'],
  'xmlrpc/params-builder': ['xmlrpc/params-builder', 'xmlrpc/decoder', 'xmlrpc/value-cost'],
  'http/connections/connection-shares': ['http/connections/connection-shares'],
  'http/connections/client-connections': ['http/connections/fair-evictions'],
};

/** Those whose specs need one, and much longer: they are tried if they are named. The quick specs come first. */
export const WITH_SERVER: Targets = {
  'database/lease/connection-lease': [
    'database/lease/lease-use',
    'database/lease/settled-doubts',
    'database/lease/failed-preparations',
    'database/pinning/refused-statements',
    'database/lease/connection-lease',
    'database/lease/transaction-limits',
    'database/lease/ended-sessions',
  ],
  'database/pool/connection-supply': [
    'database/pool/replaced-server',
    'database/pool/client-shares',
    'database/pool/connection-age',
    'database/pool/limited-servers',
    'database/pool/lost-connections',
    'database/pool/connection-pool',
  ],
};
