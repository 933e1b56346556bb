/** Files of `lib`, with the specs that must notice each change of them. None needs a server. */
export const SPECS: Readonly<Record<string, readonly string[]>> = {
  'database/pool/wait-queue': ['database/pool/wait-queue'],
  'database/pool/pool-client': ['database/pool/wait-queue'],
  'database/pool/parked-connections': ['database/pool/parked-connections'],
  'database/pool/pooled-connection': ['database/pool/pooled-connection'],
  'database/pool/pool-connections': ['database/pool/pooled-connection'],
  'database/lease/transaction-guard': ['database/lease/transaction-guard'],
  'database/lease/session-state': ['database/lease/lost-state'],
  'database/lease/held-pins': ['database/lease/held-pins'],
  'database/connections/client-charset': ['database/connections/client-charset'],
  'database/connections/literal-charset': ['database/connections/client-charset'],
  'netsvc/deadlines': ['netsvc/deadlines'],
  'netsvc/session-limits': ['netsvc/session-limits'],
  'http/connections/connection-shares': ['http/connections/connection-shares'],
  'http/connections/client-connections': ['http/connections/fair-evictions'],
};
