declare module 'fs-native-extensions' {
  /**
   * Takes an exclusive lock on an open file without waiting. The lock belongs to the open file: the kernel releases it
   * when the file is closed, and so when the process ends.
   *
   * @returns false if the file is locked
   */
  export function tryLock(descriptor: number): boolean;
}
