import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { NanoError } from '@nano/core'
import { parseInput } from '@nano/core/driver'
import * as z from 'zod/mini'
import { writeChatCompletion } from '../openai/chat-completion.ts'
import { readChatRequest } from '../openai/chat-request.ts'
import type { BatchItem, BatchResult } from './batch-item.ts'

/** A line of a file of requests. */
export interface RequestLine {
  readonly id: string
  /** From 1. */
  readonly number: number
  /** Not checked yet. */
  readonly body: unknown
}

const url = '/v1/chat/completions'
const lineSchema = z.object({
  custom_id: z.string().check(z.minLength(1)),
  method: z.literal('POST'),
  url: z.literal(url),
  body: z.unknown(),
})

/**
 * Reads a file in the format of OpenAI's batches, line by line. Throws `invalid-request` for a line
 * that is not one of a batch, `not-found` for a file that cannot be read.
 */
export async function* readRequestLines(path: string): AsyncGenerator<RequestLine, void, void> {
  const file = createReadStream(path)
  try {
    await once(file, 'open')
    // The lines end where reading fails.
    file.on('error', () => {})
    let number = 0
    for await (const line of createInterface({ input: file, crlfDelay: Infinity })) {
      number++
      if (line.trim() !== '') yield readRequestLine(line, number, path)
    }
    if (file.errored) throw file.errored
  } catch (cause) {
    if (NanoError.is(cause)) throw cause
    throw new NanoError('not-found', `batch: ${path} cannot be read (${String(cause)})`, { cause })
  } finally {
    file.destroy()
  }
}

function readRequestLine(line: string, number: number, path: string): RequestLine {
  const where = `batch: line ${number} of ${path}`
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new NanoError('invalid-request', `${where} is no JSON`, { cause })
  }
  const { custom_id: id, body } = parseInput(`${where} is not a request`, lineSchema, value)
  return { id, number, body }
}

/** The request of a line. A body that is not valid is its error. */
export function toBatchItem({ id, body }: RequestLine): BatchItem {
  try {
    return { id, input: readChatRequest(body) }
  } catch (error) {
    if (!NanoError.is(error)) throw error
    return { id, error }
  }
}

/** What the lines of results say besides what became of a request. */
export interface ResultFacts {
  readonly model: string
  /** Seconds since 1970. */
  readonly created: number
}

/** A result as a line in the format of OpenAI's batches, with its line feed. */
export function writeResultLine(
  { id, reply, error }: BatchResult,
  { model, created }: ResultFacts,
): string {
  const requestId = `req_${created.toString(36)}_${id}`
  const line = {
    id: `batch_${requestId}`,
    custom_id: id,
    response: reply
      ? {
          status_code: 200,
          request_id: requestId,
          body: writeChatCompletion(reply, { id: `chatcmpl-${id}`, model, created }),
        }
      : null,
    error: error ? { code: error.code, message: error.message } : null,
  }
  return `${JSON.stringify(line)}\n`
}
