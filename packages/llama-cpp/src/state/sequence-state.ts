import { NanoError } from '@nano/core'
import type { SequenceLease } from '../engine/shared-context.ts'
import { type StateTrailer, writeState } from './state-file.ts'

/** Which sequence work needs, and what ends it. */
export interface SequenceOptions {
  /** The LoRA adapter that the prompt is read with. */
  readonly lora?: string | undefined
  readonly signal: AbortSignal
}

/** The file of a state. */
export interface StateSource extends SequenceOptions {
  /** Absolute. */
  readonly path: string
}

/** The file that a state is written to. */
export interface StateTarget extends StateSource {
  readonly trailer: StateTrailer
}

interface Named {
  /** The name of the engine, for messages. */
  readonly name: string
}

/**
 * Reads what the sequence does not hold yet of its prompt, and writes it to a file. Resolves to the
 * size of the file in bytes.
 */
export async function saveSequence(
  lease: SequenceLease,
  { path, name, trailer, signal }: Omit<StateTarget, 'lora'> & Named,
): Promise<number> {
  const { sequence, index } = lease
  const { unreadTokens } = await lease.prefill({ uncached: 0 })
  if (unreadTokens.length > 0)
    await lease.read(unreadTokens.length, () =>
      sequence.evaluateWithoutGeneratingNewTokens([...unreadTokens], { evaluationPriority: index }),
    )
  signal.throwIfAborted()
  const write = (file: string) => sequence.saveStateToFile(file)
  return lease.run(() => writeState({ path, name, trailer, write, signal }))
}

/** Reads a file that `saveSequence` wrote into the sequence. */
export async function loadSequence(
  { sequence, run, setPrompt }: SequenceLease,
  { path, name }: Pick<StateSource, 'path'> & Named,
): Promise<void> {
  // After a failure the runtime leaves the old cells in the sequence and forgets them, and could
  // not read anything into it any more.
  await run(() => sequence.clearHistory())
  await run(() =>
    sequence.loadStateFromFile(path, { acceptRisk: true }).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new NanoError(
        'bad-model',
        `${name}: the runtime cannot load ${path} (${reason}). Save it again.`,
        { cause },
      )
    }),
  )
  setPrompt(sequence.contextTokens)
}
