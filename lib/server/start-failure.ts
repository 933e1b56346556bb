/** The server cannot start, or cannot go on. The message is one line for the user. */
export class StartFailure extends Error {}
