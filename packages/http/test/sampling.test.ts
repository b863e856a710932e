import { describe, expect, it } from 'vitest'
import { honoredSettings, samplingFields } from '../src/sampling.ts'
import { serverNames } from '../src/server-names.ts'

describe('the fields of sampling', () => {
  it('switch off what a request leaves out, by the value of each server', () => {
    const fields = Object.fromEntries(serverNames.map((name) => [name, samplingFields(name, {})]))
    const common = { temperature: 1, top_p: 1, top_k: 0, min_p: 0 }
    const penalties = { presence_penalty: 0, frequency_penalty: 0, repetition_penalty: 1 }
    expect(fields).toEqual({
      'llama-server': common,
      vllm: { ...common, ...penalties },
      sglang: { ...common, ...penalties, top_k: -1 },
      ollama: { ...common, repeat_penalty: 1 },
      nim: { ...common, ...penalties },
      'lm-studio': {
        temperature: 1,
        top_p: 1,
        top_k: 0,
        presence_penalty: 0,
        frequency_penalty: 0,
        repeat_penalty: 1,
      },
      'tensorrt-llm': { ...common, repetition_penalty: 1 },
      tgi: { temperature: 1 },
      'openai-compatible': { temperature: 1, top_p: 1 },
    })
  })

  it('carry each setting that the server honors, under its name for it', () => {
    for (const server of serverNames)
      for (const [index, setting] of honoredSettings(server).entries()) {
        const value = (index + 3) / 16
        expect(
          Object.values(samplingFields(server, { [setting]: value })),
          `${setting} at ${server}`,
        ).toContain(value)
      }
  })

  it('never carry the seed that means a random one', () => {
    for (const server of ['llama-server', 'ollama', 'lm-studio'] as const)
      expect(samplingFields(server, { seed: 2 ** 32 - 1 })).toMatchObject({ seed: 2 ** 32 - 2 })
    expect(samplingFields('vllm', { seed: 2 ** 32 - 1 })).toMatchObject({ seed: 2 ** 32 - 1 })
  })

  it('leave out settings that the server does not honor', () => {
    expect(samplingFields('sglang', { seed: 7 })).not.toHaveProperty('seed')
    expect(samplingFields('vllm', { repetitionPenalty: 2 })).toMatchObject({
      repetition_penalty: 1,
    })
  })
})
