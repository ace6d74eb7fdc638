/** Shells end a command by signal with 128 + its number. */
const signals = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs `work` with a signal that Ctrl-C (or a request to end) aborts; a second one ends the process at once.
 * @returns what `work` returns, or the signal's exit code
 * @throws what `work` throws, unless it was interrupted
 */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const abort = new AbortController();
  let code: number | null = null;
  const handlers = Object.entries(signals).map(([signal, signalCode]) => {
    const handler = (): void => {
      // The second one does not wait; measuring children see that this process is gone and end.
      if (abort.signal.aborted) process.exit(signalCode);
      code = signalCode;
      abort.abort();
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  try {
    const result = await work(abort.signal);
    return code ?? result;
  } catch (error) {
    // Interrupted before there was anything to keep.
    if (code !== null) return code;
    throw error;
  } finally {
    for (const remove of handlers) remove();
  }
}
