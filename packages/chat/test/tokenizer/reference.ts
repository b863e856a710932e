import { readFileSync } from 'node:fs'
import type { Prompt } from '../../src/prompt/prompt.ts'
import { tokenizer } from '../../src/tokenizer/index.ts'

interface SavedFile {
  readonly vocabulary: string
  readonly model?: object
  readonly added_tokens: readonly { readonly id: number; readonly content: string }[]
  readonly ids: readonly string[]
  readonly promptIds: readonly string[]
}

interface Expected {
  readonly madeBy: string
  readonly texts: readonly string[]
  /** The texts of a prompt at even indices, and its control tokens at odd ones. */
  readonly prompts: readonly (readonly string[])[]
  readonly files: Readonly<Record<string, SavedFile>>
}

const vocabularies = readFixture('vocabularies.json') as Readonly<Record<string, object>>

/** What the reference makes of the texts, by a script beside the files. */
export const expected = readFixture('expected.json') as Expected

/** The files that the reference read, and what it made of the texts. */
export const referenceFiles = Object.entries(expected.files).map(([name, savedFile]) => {
  const { vocabulary, model, ids, promptIds, ...parts } = savedFile
  const file = { ...parts, model: { ...vocabularies[vocabulary], ...model } }
  return { name, file, tokenizer: tokenizer({ tokenizer: file, name }), ids, promptIds }
})

export function toPrompt(parts: readonly string[]): Prompt {
  return parts.map((part, index) => (index % 2 === 1 ? { control: part } : { text: part }))
}

function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8'))
}
