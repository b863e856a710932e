import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GenerateRequest, Model } from '@nano/core'
import { scripted } from '@nano/core/testing'
import { expect, onTestFinished } from 'vitest'

/** Makes a folder that is removed after the test that asks for it. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nano-batch-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A line of requests; it asks for its id. */
export function line(
  id: string,
  body: object = { messages: [{ role: 'user', content: id }] },
): string {
  return JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/chat/completions', body })
}

/** Writes requests to a new file, and says where results go. */
export function files(lines: readonly string[]) {
  const input = join(testFolder(), 'requests.jsonl')
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
