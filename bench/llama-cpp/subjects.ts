import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  cycle,
  llama3Vocabulary,
  madeUpVocabulary,
  shapes,
  successor,
  type Vocabulary,
  writeGguf,
} from '@nano/forge'
import { gguf } from '@nano/tiny'
import type { Task } from './contender.ts'
import { freshTasks } from './prompts.ts'

/**
 * Tokens of context for one task: eight contexts of several contenders have to fit in memory at
 * once.
 */
export const taskLength = 512

/** A model to measure with, and what it is asked. */
export interface Subject {
  readonly name: string
  readonly path: string
  /** Tokens of context for the longest of its conversations; short tasks have `taskLength`. */
  readonly contextLength: number
  /** For each round, the first of which warms up. */
  readonly rounds: readonly (readonly Task[])[]
  /** How many of a round's tasks one stream is given, one after another. */
  readonly alone: number
  /** What its reply repeats, word for word; absent where that is not known. */
  readonly passage?: string
}

const shape = shapes['nemotron-nano-4b']
const rankFile = join(import.meta.dirname, '../../../shared/data/llama3/tokenizer.model')

/** The embedded model. */
export async function embedded(rounds: number): Promise<Subject> {
  const questions = [
    'What is 4812 + 977?',
    'Sort ascending: 507, 12, 48, 900, 77, 3.',
    'What is 812 * 37?',
    'What is 9031 - 244?',
    'Sort ascending: 9, 440, 31, 86.',
    'Which is larger, 9310 or 9130?',
    'What is 70813 + 4488?',
    'What is 455 * 61?',
  ]
  return {
    name: 'the embedded model, Q8_0',
    path: gguf.Q8_0,
    contextLength: 2_048,
    alone: 3,
    rounds: await freshTasks(gguf.Q8_0, {
      texts: [...questions, ...questions],
      maxTokens: 200,
      rounds: rounds + 1,
    }),
  }
}

/**
 * The 4 B shape in Q4_0, or the file at `given`. What is made has random weights but for one thing:
 * after each word of a passage comes the next, so that it never ends by itself and a prompt look-up
 * has something to find. Every matrix is multiplied as always.
 */
export async function fourBillion(
  rounds: number,
  folder: string,
  given?: string,
): Promise<Subject> {
  const path = given ?? join(folder, 'nemotron-nano-4b-successor-Q4_0.gguf')
  if (!existsSync(path)) await make(path)
  const texts = Array.from(
    { length: 8 },
    (_, index) => `${'The quick brown fox. '.repeat(3)}${index}`,
  )
  return {
    name: basename(path),
    path,
    contextLength: 4_096,
    alone: 2,
    rounds: await freshTasks(path, { texts, maxTokens: 32, rounds: rounds + 1 }),
    ...(given === undefined && {
      passage: words()
        .map(({ text }) => text)
        .join(''),
    }),
  }
}

const vocabulary = (): Vocabulary =>
  existsSync(rankFile)
    ? llama3Vocabulary(readFileSync(rankFile))
    : madeUpVocabulary(shape.vocabulary)

/**
 * Tokens whose texts, joined, are those tokens again: whole words, or letters where the vocabulary
 * has no merges.
 */
function words(): readonly { readonly id: number; readonly text: string }[] {
  const { tokens, merges } = vocabulary()
  return tokens
    .flatMap((text, id) =>
      (merges.length > 0 ? /^Ġ[a-z]{4,}$/ : /^[A-Za-z0-9]$/).test(text)
        ? [{ id, text: text.replace('Ġ', ' ') }]
        : [],
    )
    .slice(0, 256)
}

async function make(path: string): Promise<void> {
  mkdirSync(join(path, '..'), { recursive: true })
  const next = cycle(words().map(({ id }) => id))
  console.error(`Writing ${path}, 2.6 GB`)
  await writeGguf({
    path,
    ...successor({
      shape,
      quantisation: 'Q4_0',
      vocabulary: vocabulary(),
      name: 'Llama 3.1 Nemotron Nano 4B v1.1, successor',
      next,
    }),
  })
}
