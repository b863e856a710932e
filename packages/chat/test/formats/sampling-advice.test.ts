import { Model, type Sampling } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { detectFormat } from '../../src/index.ts'
import { chat } from '../../src/engine/index.ts'
import { findSamplingAdvice } from '../../src/formats/sampling-advice.ts'
import { callTemplates } from '../support/call-templates.ts'
import { parrot } from '../support/parrot.ts'

const qwenOn = { temperature: 0.6, topP: 0.95, topK: 20, minP: 0 }
const qwenOff = { temperature: 0.7, topP: 0.8, topK: 20, minP: 0 }
const qwenLater = { ...qwenOff, presencePenalty: 1.5 }
const gemma = { temperature: 1, topP: 0.95, topK: 64 }
const llama = { temperature: 0.6, topP: 0.9 }
const mildAdvice = { temperature: 0.6, topP: 0.95 }
const warmAdvice = { temperature: 1, topP: 0.95 }

describe('the advice for a name', () => {
  it.each<[name: string, on: Sampling, off: Sampling]>([
    ['Qwen3 4B', qwenOn, qwenOff],
    ['Qwen3-30B-A3B', qwenOn, qwenOff],
    ['qwen3:4b', qwenOn, qwenOff],
    ['Qwen_Qwen3-4B-Q4_K_M', qwenOn, qwenOff],
    ['Qwen3-4B-Instruct-2507-Q4_K_M', qwenOff, qwenOff],
    ['qwen3:4b-instruct-2507-q4_K_M', qwenOff, qwenOff],
    ['Qwen/Qwen3-Next-80B-A3B-Instruct', qwenOff, qwenOff],
    ['unsloth/Qwen3-4B-Thinking-2507-GGUF', qwenOn, qwenOn],
    [
      'Qwen3-Coder-30B-A3B-Instruct',
      { temperature: 0.7, topP: 0.8, topK: 20, repetitionPenalty: 1.05 },
      { temperature: 0.7, topP: 0.8, topK: 20, repetitionPenalty: 1.05 },
    ],
    [
      'qwen/qwen3-coder-next',
      { temperature: 1, topP: 0.95, topK: 40 },
      { temperature: 1, topP: 0.95, topK: 40 },
    ],
    [
      'Qwen3.5-4B-UD-Q4_K_XL',
      { temperature: 1, topP: 0.95, topK: 20, minP: 0, presencePenalty: 1.5 },
      qwenLater,
    ],
    ['Qwen3.6 27B', { temperature: 1, topP: 0.95, topK: 20, minP: 0 }, qwenLater],
    [
      'Qwen2.5 7B Instruct',
      { temperature: 0.7, topP: 0.8, topK: 20, repetitionPenalty: 1.05 },
      { temperature: 0.7, topP: 0.8, topK: 20, repetitionPenalty: 1.05 },
    ],
    [
      'qwen/qwen-2.5-0.5b-instruct',
      { temperature: 0.7, topP: 0.8, topK: 20 },
      { temperature: 0.7, topP: 0.8, topK: 20 },
    ],
    [
      'accounts/fireworks/models/qwen2p5-coder-32b-instruct',
      { temperature: 0.7, topP: 0.8, topK: 20, repetitionPenalty: 1.05 },
      { temperature: 0.7, topP: 0.8, topK: 20, repetitionPenalty: 1.05 },
    ],
    ['unsloth/gemma-3-4b-it-GGUF', { ...gemma, minP: 0 }, { ...gemma, minP: 0 }],
    ['Gemma 3 4b It Qat', { ...gemma, minP: 0 }, { ...gemma, minP: 0 }],
    ['google/gemma-3n-e4b-it:free', { ...gemma, minP: 0 }, { ...gemma, minP: 0 }],
    ['gemma4:e4b-it-q4_K_M', gemma, gemma],
    ['Meta Llama 3.1 8B Instruct', llama, llama],
    ['Llama-3.2-1B-Instruct-Q4_K_M.gguf', llama, llama],
    ['accounts/fireworks/models/llama-v3p3-70b-instruct', llama, llama],
    ['meta.llama3-1-8b-instruct-v1:0', llama, llama],
    ['@cf/meta/llama-3.2-3b-instruct', llama, llama],
    ['Ministral-3-8B-Instruct-2512', { temperature: 0.05 }, { temperature: 0.05 }],
    ['mistralai_Ministral-3-14B-Reasoning-2512-Q4_K_M', warmAdvice, warmAdvice],
    ['Magistral-Small-2509', { temperature: 0.7, topP: 0.95 }, { temperature: 0.7, topP: 0.95 }],
    ['GLM-4.5-Air', mildAdvice, mildAdvice],
    ['unsloth/GLM-4.7-Flash-GGUF', warmAdvice, warmAdvice],
    ['zai-org/GLM-5', warmAdvice, warmAdvice],
    ['Kimi-K2-Instruct-0905', { temperature: 0.6 }, { temperature: 0.6 }],
    ['moonshotai/kimi-k2-thinking', { temperature: 1 }, { temperature: 1 }],
    ['moonshotai/kimi-k2.5', warmAdvice, {}],
    ['deepseek-ai/DeepSeek-V3.2', warmAdvice, warmAdvice],
    ['DeepSeek-R1-0528-Qwen3-8B-Q4_K_M', mildAdvice, mildAdvice],
    ['DeepSeek R1 Distill Qwen 1.5B', mildAdvice, mildAdvice],
    ['openai/gpt-oss-20b', { temperature: 1, topP: 1 }, {}],
    ['SmolLM3-3B-128K-UD-Q4_K_XL', mildAdvice, mildAdvice],
    ['ibm-granite_granite-4.0-h-tiny-Q4_K_M', { temperature: 0 }, { temperature: 0 }],
    [
      'microsoft/Phi-4-reasoning-plus',
      { temperature: 0.8, topP: 0.95, topK: 50 },
      { temperature: 0.8, topP: 0.95, topK: 50 },
    ],
    ['Phi 4 Mini Reasoning', { temperature: 0.8, topP: 0.95 }, {}],
    ['Llama-3.1-Nemotron-Nano-4B-v1.1', mildAdvice, { temperature: 0 }],
    ['nvidia/nvidia-nemotron-nano-9b-v2', mildAdvice, { temperature: 0 }],
    ['NVIDIA-Nemotron-3-Nano-30B-A3B-BF16', { temperature: 1, topP: 1 }, {}],
    [
      'LFM2.5-1.2B-Instruct-Q8_0',
      { temperature: 0.1, topP: 0.1, topK: 50, repetitionPenalty: 1.05 },
      { temperature: 0.1, topP: 0.1, topK: 50, repetitionPenalty: 1.05 },
    ],
    [
      'LFM2 1.2B',
      { temperature: 0.3, minP: 0.15, repetitionPenalty: 1.05 },
      { temperature: 0.3, minP: 0.15, repetitionPenalty: 1.05 },
    ],
    ['Seed-OSS-36B-Instruct', { temperature: 1.1, topP: 0.95 }, { temperature: 1.1, topP: 0.95 }],
  ])('%s is that of its model', (name, on, off) =>
    expect(findSamplingAdvice(name)).toEqual({ on, off }),
  )

  it.each([
    'Qwen3-4B-Base',
    'gemma-3-4b-pt',
    'Llama-3.1-8B',
    'Hermes-3-Llama-3.1-8B',
    'Llama-3.1-Tulu-3-8B',
    'Qwen3-VL-4B-Instruct',
    'Qwen3-Embedding-0.6B',
    'Qwen2.5-VL-7B-Instruct',
    'GLM-4.5V',
    'LFM2-VL-1.6B',
    'phi-4',
    'granite-3.3-8b-instruct',
    'the model',
    '',
  ])('%j is unknown: it is a base model, another model, or its makers give none', (name) =>
    expect(findSamplingAdvice(name)).toBeUndefined(),
  )
})

describe('the default sampling of an engine', () => {
  const [{ template } = { template: '' }] = callTemplates
  const samplingOf = async (name: string, request: object = {}) => {
    const log: string[] = []
    const format = detectFormat({ name, chatTemplate: template })
    await new Model(chat(parrot({ says: () => 'ok', log }), format)).generate({
      messages: 'hi',
      ...request,
    })
    return JSON.parse(log[0] ?? '') as unknown
  }

  it('is the advice for the name, in each mode, in settings that it has', async () => {
    expect(await samplingOf('Qwen3.6-4B-Q4_K_M')).toEqual({ temperature: 1, topP: 0.95 })
    expect(await samplingOf('Qwen3.6-4B-Q4_K_M', { reasoning: 'off' })).toEqual({
      temperature: 0.7,
      topP: 0.8,
    })
  })
  it('gives way to the request', async () => {
    const sampling = { temperature: 0.2 }
    expect(await samplingOf('gemma-3-4b-it', { sampling })).toEqual({
      temperature: 0.2,
      topP: 0.95,
    })
  })
  it('is neutral where no advice is known', async () => {
    expect(await samplingOf('an unknown model')).toEqual({})
  })
})

it('the advice for a name goes before that of the family of the template', () => {
  const chatTemplate = '<|im_start|> multi_step_tool <tool_call> enable_thinking is false'
  expect(detectFormat({ chatTemplate })?.advice).toEqual({ on: qwenOn, off: qwenOff })
  expect(detectFormat({ chatTemplate, name: 'Qwen3-4B-Instruct-2507' })?.advice).toEqual({
    on: qwenOff,
    off: qwenOff,
  })
})
