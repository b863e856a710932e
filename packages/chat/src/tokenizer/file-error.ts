import { NanoError } from '@nano/core'

/** The error for a file that cannot be used. */
export function fileError(name: string, problem: string, cause?: unknown): NanoError {
  return new NanoError(
    'bad-model',
    `${name}: tokenizer.json cannot be read: ${problem}. ` +
      'Get the file again from where the model came from.',
    { cause },
  )
}
