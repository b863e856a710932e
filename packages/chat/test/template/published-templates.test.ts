import { describe, expect, it } from 'vitest'
import { promptToText, templateFormat } from '../../src/index.ts'
import {
  missingTemplates,
  publishedTemplates,
  storedRequests,
} from '../support/published-templates.ts'

const skipReason = missingTemplates ? ` [${missingTemplates}]` : ''

/** With reasoning off, this template is told so by a variable that transformers was not given. */
const switchedByAnotherVariable = ['Cohere2MoE off', 'Cohere2MoE tools-off']

/** transformers forbids templates to change a list, and they are rendered here all the same. */
const changesLists = 'Kimi-K2-Thinking'

describe.skipIf(missingTemplates)(`a published template${skipReason}`, () => {
  it.each(publishedTemplates)(
    '$name gives the prompts that transformers renders, and refuses what it refuses',
    ({ name, options, prompts }) => {
      const format = templateFormat(options)
      for (const [request, conversation] of Object.entries(storedRequests)) {
        const render = () => promptToText(format.render({ tools: [], ...conversation }))
        const prompt = prompts[request]
        if (switchedByAnotherVariable.includes(`${name} ${request}`))
          expect(render()).not.toBe(prompt)
        else if (typeof prompt === 'string') expect(render(), request).toBe(prompt)
        else if (name !== changesLists)
          expect(render, request).toThrow(
            expect.objectContaining({
              code: 'unsupported',
              message: expect.stringContaining(options.name ?? ''),
            }),
          )
      }
    },
  )

  it('shows its thoughts, its switch and its calls', () => {
    const learnedTraits = publishedTemplates.map(({ name, options, prompts }) => {
      const { reasoning, splitToolCalls, callRule } = templateFormat(options)
      return {
        name,
        thought: reasoning ? `${reasoning.open}…${reasoning.close}` : 'none',
        canTurnOff: reasoning?.canTurnOff ?? false,
        tools: splitToolCalls ? (callRule ? 'demanded' : 'offered') : 'none',
        printsTools: prompts['tools']?.includes('get_weather') ?? false,
      }
    })
    // Every template that puts tools into a prompt.
    expect(
      learnedTraits.filter(({ tools, printsTools }) => printsTools && tools === 'none'),
    ).toEqual([])
    expect(
      learnedTraits.filter(({ tools, printsTools }) => !printsTools && tools !== 'none'),
    ).toEqual([])
    expect(
      learnedTraits.filter(({ thought }) => thought === 'none').map(({ name }) => name),
    ).toEqual([
      'GigaChat3-10B-A1.8B',
      'LFM2.5-Instruct',
      'NousResearch-Hermes-3-Llama-3.1-8B-tool_use',
      'Qwen-Qwen2.5-7B-Instruct',
      'Qwen3-Coder',
      'google-gemma-2-2b-it',
      'meetkai-functionary-medium-v3.1',
      'meta-llama-Llama-3.1-8B-Instruct',
      'meta-llama-Llama-3.3-70B-Instruct',
      'moonshotai-Kimi-K2',
      'unsloth-mistral-Devstral-Small-2507',
    ])
    expect(
      learnedTraits.filter(({ tools }) => tools === 'offered').map(({ name }) => name),
    ).toEqual(['LFM2.5-Instruct', 'google-gemma-4-31B-it'])
  })
})
