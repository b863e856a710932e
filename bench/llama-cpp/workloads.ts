import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import {
  cycle,
  llama3Vocabulary,
  madeUpVocabulary,
  type Shape,
  shapes,
  successor,
  type Vocabulary,
  writeGguf,
} from '@nano/forge'
import { gguf } from '@nano/tiny'
import { sharedData } from '../../test/shared/shared-data.ts'
import type { Task } from '../measuring/contender.ts'
import type { LongConversation } from './long-conversation.ts'
import { buildUncachedTasks } from './tasks.ts'

/** A model to measure with, and what it is asked. */
export interface Workload {
  readonly name: string
  /** Path of the GGUF. */
  readonly path: string
  /** Tokens of context for the longest conversation; tasks get by with `taskContextLength`. */
  readonly contextLength: number
  /** The tasks of each round; the first round warms up. */
  readonly tasksByRound: readonly (readonly Task[])[]
  /** How many tasks of a round a single stream gets, one after another. */
  readonly singleStreamTasks: number
  /** A text that a reply to it repeats word for word; absent where that is not known. */
  readonly repeatedPassage?: string
}

interface WorkloadOptions {
  readonly rounds: number
  /** The most tokens of a reply. */
  readonly maxTokens: number
}

/** Tokens of context for a task: several contenders keep eight contexts each at the same time. */
export const taskContextLength = 512

const shape = shapes['nemotron-nano-4b']
const cacheFolder = join(import.meta.dirname, '../node_modules/.cache')

/** The embedded model in Q8_0. */
export async function buildEmbeddedWorkload({
  rounds,
  maxTokens,
}: WorkloadOptions): Promise<Workload> {
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
    singleStreamTasks: 16,
    tasksByRound: await buildUncachedTasks(gguf.Q8_0, {
      questions: [...questions, ...questions],
      maxTokens: Math.min(200, maxTokens),
      rounds: rounds + 1,
    }),
  }
}

/** Nemotron Nano 4B's shape in Q4_0, written where it does not exist, or the GGUF at `path`. */
export async function buildFourBillionWorkload(
  { rounds, maxTokens }: WorkloadOptions,
  path?: string,
): Promise<Workload> {
  const file = path ?? (await findOrWriteSuccessor('nemotron-nano-4b-successor-Q4_0.gguf', shape))
  const questions = Array.from(
    { length: 8 },
    (_, index) => `${'The quick brown fox. '.repeat(3)}${index}`,
  )
  return {
    name: basename(file),
    path: file,
    contextLength: 4_096,
    singleStreamTasks: 2,
    tasksByRound: await buildUncachedTasks(file, {
      questions,
      maxTokens: Math.min(32, maxTokens),
      rounds: rounds + 1,
    }),
    ...(path === undefined && {
      repeatedPassage: passageTokens()
        .map(({ text }) => text)
        .join(''),
    }),
  }
}

/**
 * A shape that reads 30,000 tokens in some minutes, and whose attention over them takes most of a
 * step. Its vocabulary gives it the 130 million parameters from which on nano has the defaults of
 * larger models.
 */
export async function buildLongWorkload(): Promise<LongConversation> {
  const name = 'four narrow layers'
  const path = await findOrWriteSuccessor(`${name.replaceAll(' ', '-')}-Q4_0.gguf`, {
    ...shape,
    layers: 4,
    hiddenSize: 512,
    heads: 8,
    kvHeads: 2,
    headSize: 64,
    feedForwardSize: 1_024,
  })
  return { name, path, maxContext: shape.contextLength, maxTokens: 100 }
}

/**
 * Its weights are random, but each token of a passage is followed by the next: a reply never ends
 * by itself, and prompt look-up finds what it repeats. Every matrix is multiplied as always.
 */
async function findOrWriteSuccessor(fileName: string, givenShape: Shape): Promise<string> {
  const path = join(cacheFolder, fileName)
  if (existsSync(path)) return path
  mkdirSync(dirname(path), { recursive: true })
  console.error(`Writing ${path}`)
  await writeGguf({
    path,
    ...successor({
      shape: givenShape,
      quantization: 'Q4_0',
      vocabulary: readVocabulary(),
      // By its name, openers know the chat format.
      name: 'Llama 3.1 Nemotron Nano 4B v1.1, successor',
      next: cycle(passageTokens().map(({ id }) => id)),
    }),
  })
  return path
}

/**
 * Tokens whose joined texts are tokenized to the same tokens: whole words, or single letters where
 * the vocabulary has no merges.
 */
function passageTokens(): readonly { readonly id: number; readonly text: string }[] {
  const { tokens, merges } = readVocabulary()
  const pattern = merges.length > 0 ? /^Ġ[a-z]{4,}$/ : /^[A-Za-z0-9]$/
  return tokens
    .flatMap((text, id) => (pattern.test(text) ? [{ id, text: text.replace('Ġ', ' ') }] : []))
    .slice(0, 256)
}

/** Llama 3's own vocabulary where its file is at hand. */
function readVocabulary(): Vocabulary {
  const { path, missing } = sharedData('llama3/tokenizer.model')
  return missing === undefined
    ? llama3Vocabulary(readFileSync(path))
    : madeUpVocabulary(shape.vocabularySize)
}
