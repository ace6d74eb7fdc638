/** Largest run file that is written or read, in bytes. */
export const maxFileBytes = 256 * 1000;
