import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Model } from '@nano/core'
import { madeUpVocabulary, shapes, writeOnnxFolder } from '@nano/forge'
import { onnx } from '@nano/tiny'
import type { Prompt } from './contender.ts'

/** A model to measure with: a folder in the layout of transformers.js, which both can open. */
export interface Subject {
  readonly name: string
  readonly folder: string
  readonly precision: 'fp32' | 'q4'
  /** Tokens of prompts, the shortest first. */
  readonly lengths: readonly [number, ...number[]]
  /** Tokens of a reply. */
  readonly reply: number
  readonly rounds: number
  /** With so many threads transformers.js is measured beside as many as the runtime likes. */
  readonly threads?: number
}

export const embedded: Subject = {
  name: 'the embedded model, q4',
  folder: onnx.transformers,
  precision: 'q4',
  lengths: [128],
  reply: 64,
  rounds: 15,
  threads: 1,
}

/** The 4 B shape with random weights and made-up words: 4.2 GB, written once. */
export async function fourBillion(cache: string): Promise<Subject> {
  const folder = join(cache, 'Llama-3.1-Nemotron-Nano-4B-v1.1')
  if (!existsSync(join(folder, 'tokenizer.json'))) {
    const shape = shapes['nemotron-nano-4b']
    console.error(`Writing ${folder}, 4.2 GB`)
    await writeOnnxFolder({
      folder,
      layout: 'transformers',
      shape,
      precision: 'q4',
      vocabulary: madeUpVocabulary(shape.vocabulary),
    })
  }
  return {
    name: 'the 4 B shape, q4',
    folder,
    precision: 'q4',
    lengths: [128, 4_096],
    reply: 24,
    rounds: 3,
  }
}

/**
 * What a batch saves depends on how its products are computed: one subject for each kind there is.
 */
export async function fourLayers(cache: string): Promise<readonly Subject[]> {
  const shape = { ...shapes['nemotron-nano-4b'], layers: 4, vocabulary: 32_768 }
  const kinds = [
    { name: 'fp32', precision: 'fp32' },
    { name: 'q4, products in 32 bits', precision: 'q4' },
    { name: 'q4, products in 8 bits', precision: 'q4', accuracyLevel: 4 },
  ] as const
  const subjects: Subject[] = []
  for (const { name, ...kind } of kinds) {
    const folder = join(cache, `four layers, ${name}`, 'Llama-3.1-Nemotron-Nano-4B-v1.1')
    if (!existsSync(join(folder, 'tokenizer.json'))) {
      console.error(`Writing ${folder}`)
      await writeOnnxFolder({
        folder,
        layout: 'transformers',
        shape,
        ...kind,
        vocabulary: madeUpVocabulary(shape.vocabulary),
      })
    }
    subjects.push({
      name: `four layers of the 4 B shape, ${name}`,
      folder,
      precision: kind.precision,
      lengths: [64],
      reply: 64,
      rounds: 5,
    })
  }
  return subjects
}

/**
 * Different prompts of about so many tokens, which begin differently: no cache helps with the next.
 */
export async function prompts(
  model: Model,
  length: number,
  count: number,
): Promise<readonly Prompt[]> {
  const asked = async (text: string) =>
    (await model.render({ messages: text, reasoning: 'on' })).tokens
  const frame = (await asked('')).length
  const perLine = ((await asked(line(1).repeat(8))).length - frame) / 8
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const text = `${100 + index}${line(index).repeat(Math.max(1, Math.floor((length - frame) / perLine)))}`
      return { text, tokens: await asked(text) }
    }),
  )
}

const line = (index: number) => ` What is ${index % 10} + 3?`
