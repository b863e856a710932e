import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Token } from 'node-llama-cpp'
import { InferenceSession } from 'onnxruntime-node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { formats, promptText } from '../../../chat/src/index.ts'
import { readProblems } from '../../../../test/shared/scores.ts'
import { gguf, onnx } from '../../src/index.ts'
import { evaluator, openGguf } from './llama-cpp.ts'
import { greedy, logProbabilities, step } from './onnx-greedy.ts'

const model = await openGguf(gguf.F16)
const llamaCpp = await evaluator(model)
const files = {
  fp32: join(onnx.transformers, 'onnx/model.onnx'),
  q4: join(onnx.transformers, 'onnx/model_q4.onnx'),
  genai: join(onnx.genai, 'model.onnx'),
  genaiInt4: join(onnx.genaiInt4, 'model.onnx'),
}
/** One thread, since two spin more than they compute at this size. */
const openOnnx = (path: string) =>
  InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1 })
const [end = 0] = model.tokenize('<|eot_id|>', true)
const options = { end, most: 400 }
/** Every sixth: 50, some of each kind. */
const problems = readProblems('packages/tiny/problems.jsonl').filter((_, index) => index % 6 === 0)
const prompt = (question: string, reasoning: 'on' | 'off') => [
  ...model.tokenize(
    promptText(
      formats.nemotron.render({
        messages: [{ role: 'user', content: question }],
        tools: [],
        reasoning,
      }),
    ),
    true,
  ),
]

describe('the fp32 file', () => {
  it('gives the probabilities that llama.cpp gives with the F16 file', async () => {
    const session = await openOnnx(files.fp32)
    const differences: number[] = []
    for (const [index, { question = '' }] of problems.entries()) {
      // Cut anywhere, since at the end of a prompt the model is sure of nearly one token.
      const tokens = prompt(question, 'on').slice(0, 1 + index)
      const [expected, { logits }] = [
        await llamaCpp.logProbabilities(tokens),
        await step(session, tokens),
      ]
      const given = logProbabilities(logits)
      for (const [token, probability] of expected)
        differences.push(Math.abs(probability - given[token]!))
    }
    expect(differences.length).toBeGreaterThan(20_000)
    expect(Math.max(...differences)).toBeLessThan(0.02)
  })
  it.each(['on', 'off'] as const)(
    'says token for token what llama.cpp says, with reasoning %s',
    async (reasoning) => {
      const session = await openOnnx(files.fp32)
      for (const { question = '' } of problems) {
        const asked = prompt(question, reasoning)
        expect(await greedy(session, asked, options), question).toEqual(
          await llamaCpp.greedy(asked, options),
        )
      }
    },
  )
})

it.each(['q4', 'genai', 'genaiInt4'] as const)('the file %s answers right', async (name) => {
  const session = await openOnnx(files[name])
  const wrong: string[] = []
  for (const { question = '', answer = '' } of problems) {
    const text = model.detokenize(
      (await greedy(session, prompt(question, 'on'), options)) as Token[],
    )
    if (text.split('</think>').at(-1)?.trim() !== answer) wrong.push(`${question} ${text}`)
  }
  expect(wrong.slice(5)).toEqual([])
})

it('the layout of transformers.js has position_ids, and that of onnxruntime-genai has not', async () => {
  const inputs = await Promise.all(
    Object.entries(files).map(async ([name, path]) => [
      name,
      (await openOnnx(path)).inputNames.includes('position_ids'),
    ]),
  )
  expect(Object.fromEntries(inputs)).toEqual({
    fp32: true,
    q4: true,
    genai: false,
    genaiInt4: false,
  })
})

it('the files are what scripts/onnx.ts writes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nano-tiny-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  await promisify(execFile)(process.execPath, [
    '-C',
    '@nano/source',
    'packages/tiny/scripts/onnx.ts',
    folder,
  ])
  const under = (root: string) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(root, name)).isFile())
      .toSorted()
  expect(under(folder)).toEqual(under(onnx.genai))
  for (const name of under(folder))
    expect(
      readFileSync(join(folder, name)).equals(readFileSync(join(onnx.genai, name))),
      name,
    ).toBe(true)
})
