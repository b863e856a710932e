import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Token } from 'node-llama-cpp'
import { InferenceSession } from 'onnxruntime-node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { formats, promptToText } from '../../../chat/src/index.ts'
import { isLongRun } from '../../../../test/shared/long-run.ts'
import { readProblems } from '../../../../test/shared/problem-scores.ts'
import { gguf, onnx } from '../../src/index.ts'
import { ggufDecoder, openGguf } from './gguf-decoder.ts'
import { computeLogProbabilities, decodeGreedily, runStep } from './onnx-decoder.ts'

const model = await openGguf(gguf.F16)
const llamaCpp = await ggufDecoder(model)
const files = {
  fp32: join(onnx.transformers, 'onnx/model.onnx'),
  q4: join(onnx.transformers, 'onnx/model_q4.onnx'),
  genai: join(onnx.genai, 'model.onnx'),
  genaiInt4: join(onnx.genaiInt4, 'model.onnx'),
}
const [endToken = 0] = model.tokenize('<|eot_id|>', true)
const options = { endToken, maxTokens: 400 }
/** Every sixth: 50, some of each kind. */
const problems = readProblems('packages/tiny/problems.jsonl').filter((_, index) => index % 6 === 0)
/** Whole replies to a quarter of them in `npm test`: the tests of @nano/onnx compare many more. */
const answeredProblems = isLongRun ? problems : problems.filter((_, index) => index % 4 === 0)

describe('the fp32 file', () => {
  it('gives the probabilities that llama.cpp gives with the F16 file', async () => {
    const session = await openSession(files.fp32)
    const differences: number[] = []
    for (const [index, { question = '' }] of problems.entries()) {
      // Cut anywhere, because at the end of a prompt one token has nearly all the probability.
      const tokens = renderPrompt(question, 'on').slice(0, 1 + index)
      const expected = await llamaCpp.computeLogProbabilities(tokens)
      const { logits } = await runStep(session, tokens)
      const logProbabilities = computeLogProbabilities(logits)
      for (const [token, logProbability] of expected)
        differences.push(Math.abs(logProbability - logProbabilities[token]!))
    }
    expect(differences.length).toBeGreaterThan(20_000)
    expect(Math.max(...differences)).toBeLessThan(0.02)
  })
  it.each(['on', 'off'] as const)(
    'replies token for token as llama.cpp does, with reasoning %s',
    async (reasoning) => {
      const session = await openSession(files.fp32)
      for (const { question = '' } of answeredProblems) {
        const prompt = renderPrompt(question, reasoning)
        expect(await decodeGreedily(session, prompt, options), question).toEqual(
          await llamaCpp.decodeGreedily(prompt, options),
        )
      }
    },
  )
})

it.each(['q4', 'genai', 'genaiInt4'] as const)(
  'the file %s answers all but a few problems right',
  async (name) => {
    const session = await openSession(files[name])
    const wrongReplies: string[] = []
    for (const { question = '', answer = '' } of answeredProblems) {
      const tokens = await decodeGreedily(session, renderPrompt(question, 'on'), options)
      const text = model.detokenize(tokens as Token[])
      if (text.split('</think>').at(-1)?.trim() !== answer) wrongReplies.push(`${question} ${text}`)
    }
    expect(wrongReplies.slice(answeredProblems.length / 10)).toEqual([])
  },
)

it('position_ids is an input in the layout of transformers.js alone', async () => {
  const inputs = await Promise.all(
    Object.entries(files).map(async ([name, path]) => [
      name,
      (await openSession(path)).inputNames.includes('position_ids'),
    ]),
  )
  expect(Object.fromEntries(inputs)).toEqual({
    fp32: true,
    q4: true,
    genai: false,
    genaiInt4: false,
  })
})

it('scripts/write-onnx.ts writes the same files again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nano-tiny-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  await promisify(execFile)(process.execPath, [
    '-C',
    '@nano/source',
    'packages/tiny/scripts/write-onnx.ts',
    folder,
  ])
  const names = listFiles(folder)
  expect(names).toEqual(listFiles(onnx.genai))
  for (const name of names)
    expect(
      readFileSync(join(folder, name)).equals(readFileSync(join(onnx.genai, name))),
      name,
    ).toBe(true)
})

function renderPrompt(question: string, reasoning: 'on' | 'off'): number[] {
  const messages = [{ role: 'user', content: question }] as const
  const text = promptToText(formats.nemotron.render({ messages, tools: [], reasoning }))
  return [...model.tokenize(text, true)]
}

/** One thread, because two spin more than they compute at this size. */
function openSession(path: string): Promise<InferenceSession> {
  return InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1 })
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .toSorted()
}
