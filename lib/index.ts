export { HostRules, HostSet } from './access/host-rules.js';
export { PasswordFileError, type Passwords, parsePasswords } from './access/password-file.js';
export { Users, type UsersOptions } from './access/users.js';
export type { LoginRefusal, Proof, Verdict } from './access/verdict.js';
export type {
  Receiver,
  Reception,
  Reply,
  ReplyHead,
  RequestHead,
  Servlet,
  StreamedBody,
  StreamedReply,
  WholeReply,
} from './http/answers/servlet.js';
export { ClientConnections } from './http/connections/client-connections.js';
export type { Traffic } from './http/connections/traffic.js';
export { HttpDaemon } from './http/listener/http-daemon.js';
export type { HttpDaemonOptions } from './http/listener/http-daemon-options.js';
export type { TlsOptions } from './http/listener/tls.js';
export { RpcGateway, type RpcGatewayOptions } from './http/rpc/rpc-gateway.js';
export type { Authorisation } from './http/rpc/user-check.js';
export { type ServeOptions, type ServiceServer, serve } from './http/serve.js';
export {
  type MemoryAccount,
  MemoryAccounts,
  type MemoryHolder,
  type MemoryKind,
  type MemoryLimits,
  type MemoryRefused,
} from './memory/memory-account.js';
export type { Deadlines } from './netsvc/deadlines.js';
export type { Encodable, EncodableResult, UnencodableResult } from './netsvc/encodable-types.js';
export type { Endpoint, OpenSession, SessionActivity, SessionState } from './netsvc/endpoint.js';
export { FAULTS, type Fault } from './netsvc/faults.js';
export type { Log } from './netsvc/log.js';
export type {
  ExampleValue,
  MethodDeclaration,
  Parameter,
  ParameterType,
  SessionMethods,
} from './netsvc/method-declaration.js';
export type { ExportedMethod, Method } from './netsvc/method-table.js';
export type {
  Arguments,
  ArgumentTypes,
  Checked,
  Declarations,
  Implements,
  Inferred,
  Mismatch,
  Result,
  ResultTypes,
  TypedDeclaration,
} from './netsvc/method-types.js';
export type {
  CallEnd,
  Login,
  LoginOutcome,
  Observer,
  SessionEnd,
  SessionEndReason,
  SessionStart,
  SessionUsage,
} from './netsvc/observer.js';
export type { Holder, Refusal, Resource } from './netsvc/refusal.js';
export { Service } from './netsvc/service.js';
export { ServiceFailure } from './netsvc/service-failure.js';
export { type Announcement, ServiceRegistry, type ServiceRegistryOptions } from './netsvc/service-registry.js';
export { type RequestedService, type RequestUsage, ServiceRequest } from './netsvc/service-request.js';
export { Session } from './netsvc/session.js';
export type { Opener, SessionLimitOptions, SessionLimits, SessionMaxima } from './netsvc/session-limits.js';
export { Sweeper, type SweeperOptions, type SweptRegistry } from './netsvc/sweeper.js';
export { EncodingError } from './xmlrpc/codec-error.js';
export { streamedArray } from './xmlrpc/streamed-array.js';
export { StreamedValue } from './xmlrpc/streamed-value.js';
export { DateTime, Decimal, Double, listItems, type Struct, type Value } from './xmlrpc/value.js';
export { type EncodedResponse, EncodedValue, type ResponseForm, type ValueEncoding } from './xmlrpc/value-encoding.js';
