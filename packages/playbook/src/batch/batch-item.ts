import type { GenerateInput, GenerateResult, NanoError } from '@nano/core'

/** A request of a batch, or why there is none: a line that cannot be read, for example. */
export type BatchItem =
  | { readonly id: string; readonly input: GenerateInput; readonly error?: undefined }
  | { readonly id: string; readonly error: NanoError; readonly input?: undefined }

/** What became of a request: its reply, or the error of its last attempt. */
export type BatchResult =
  | {
      readonly id: string
      /** Calls of the model, the last one included; 0 for a request that could not be read. */
      readonly attempts: number
      readonly reply: GenerateResult
      readonly error?: undefined
    }
  | {
      readonly id: string
      readonly attempts: number
      readonly error: NanoError
      readonly reply?: undefined
    }
