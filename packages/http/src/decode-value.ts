import { NanoError } from '@nano/core'
import * as z from 'zod'
import type { HttpClient } from './transport/http-client.ts'

/** Reads what a server sent. Throws `bad-output` for a value of another form. */
export function decodeValue<T>(
  { label, host }: Pick<HttpClient, 'label' | 'host'>,
  read: (value: unknown) => T,
  value: unknown,
): T {
  try {
    return read(value)
  } catch (cause) {
    const detail = cause instanceof z.ZodError ? `:\n${z.prettifyError(cause)}` : ''
    throw new NanoError(
      'bad-output',
      `${label}: ${host} sent a value of an unexpected form${detail}`,
    )
  }
}
