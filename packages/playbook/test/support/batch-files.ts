import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GenerateRequest, Model } from '@nano/core'
import { scripted } from '@nano/core/testing'
import { expect } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'

export const folder = temporaryFolder()
let fileCount = 0

/** A line of requests; it asks for its id. */
export function line(
  id: string,
  body: object = { messages: [{ role: 'user', content: id }] },
): string {
  return JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/chat/completions', body })
}

/** Writes requests to a new file, and says where results go. */
export function files(lines: readonly string[]) {
  const input = join(folder, `${fileCount++}.jsonl`)
  writeLines(input, lines)
  return { input, output: `${input}.results` }
}

export function writeLines(path: string, lines: readonly string[]): void {
  writeFileSync(path, lines.map((text) => `${text}\n`).join(''))
}

interface ResultLine {
  readonly custom_id: string
  readonly response: {
    readonly status_code: number
    readonly body: {
      readonly choices: readonly { readonly message: { readonly content: string } }[]
    }
  } | null
  readonly error: { readonly code: string; readonly message: string } | null
}

export function readResults(path: string): ResultLine[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  expect(lines.pop()).toBe('')
  return lines.map((text) => JSON.parse(text) as ResultLine)
}

export const ids = Array.from({ length: 20 }, (_, index) => `request-${index}`)

/** A model that repeats the question. */
export function echo(name = 'scripted'): Model {
  const driver = scripted({
    reply: ({ messages: [message] }: GenerateRequest) => [
      `re: ${message?.role === 'user' ? message.content : ''}`,
    ],
  })
  return new Model({ ...driver, info: { ...driver.info, model: name } })
}
