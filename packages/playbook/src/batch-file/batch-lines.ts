import { hash } from 'node:crypto'
import { NanoError } from '@nano/core'
import { parseInput } from '@nano/core/driver'
import * as z from 'zod/mini'
import type { BatchItem, BatchResult } from '../batch/batch-item.ts'
import { writeChatCompletion } from '../openai/chat-completion.ts'
import { readChatRequest } from '../openai/chat-request.ts'
import { readLines } from './read-lines.ts'

/** A line of a file of requests. */
export interface RequestLine {
  readonly id: string
  /** From 1. */
  readonly number: number
  /** The first 8 bytes of the SHA-256 of the line. */
  readonly digest: Uint8Array
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
  let number = 0
  try {
    for await (const bytes of readLines(path)) {
      number++
      const where = `batch: line ${number} of ${path}`
      const text = decodeLine(number === 1 ? dropByteOrderMark(bytes) : bytes, where)
      if (text.trim() !== '') yield readRequestLine(text, number, where)
    }
  } catch (cause) {
    if (NanoError.is(cause)) throw cause
    throw new NanoError('not-found', `batch: ${path} cannot be read (${String(cause)})`, { cause })
  }
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

function dropByteOrderMark(bytes: Buffer): Buffer {
  const hasMark = bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark)
  return hasMark ? bytes.subarray(byteOrderMark.length) : bytes
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a line, without the carriage return of a line end of Windows. */
function decodeLine(bytes: Buffer, where: string): string {
  try {
    const text = decoder.decode(bytes)
    return text.endsWith('\r') ? text.slice(0, -1) : text
  } catch (cause) {
    throw new NanoError('invalid-request', `${where} is not UTF-8. Save the file as UTF-8.`, {
      cause,
    })
  }
}

function readRequestLine(text: string, number: number, where: string): RequestLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new NanoError('invalid-request', `${where} is no JSON`, { cause })
  }
  const { custom_id: id, body } = parseInput(`${where} is not a request`, lineSchema, value)
  const digest = hash('sha256', text, 'buffer').subarray(0, 8)
  return { id, number, digest, body }
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

/** How each line of results begins. */
export const resultLineStart = '{"id":"batch_req_'

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
  // Other readers end a line at these two characters, which JSON allows in a string.
  const text = JSON.stringify(line).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  return `${text}\n`
}
