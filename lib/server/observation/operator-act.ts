/** Who acts. */
export interface Operator {
  /** The login. */
  readonly operator: string;
  /** The address of the client. */
  readonly host: string;
}

/** What operators can do. */
export type OperatorAction =
  | 'cancel'
  | 'close'
  | 'pause'
  | 'resume'
  | 'disable'
  | 'enable'
  | 'reconnect'
  | 'reload'
  | 'unlock'
  | 'reset statements'
  | 'reset users';

/** Something that an operator has done, or tried to. */
export interface OperatorAct extends Operator {
  readonly action: OperatorAction;
  /** What it was done to, and how: such as the session, or the database and the seconds of a pause. */
  readonly target: Readonly<Record<string, unknown>>;
  /** `done`, or why it was not. */
  readonly outcome: string;
  /** What it has changed, such as how many sessions were closed, or the keys that were reloaded. */
  readonly result?: unknown;
  /** The time that it took. */
  readonly seconds: number;
}
