import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Message, NanoError, type Tool } from '@nano/core'
import { llama3Vocabulary, madeUpVocabulary, shapes, transformer, writeGguf } from '@nano/forge'
import { describe, expect, onTestFinished } from 'vitest'
import { sharedData } from '../../../../test/shared/shared-data.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openModel } from '../open-model.ts'
import { itWithLlamaServer, type RunningServer, startServer } from './llama-server.ts'

const folder = temporaryFolder()
const repairedTemplate = join(import.meta.dirname, '../../templates/nemotron-nano.jinja')
const vocabularyFile = sharedData('llama3/tokenizer.model')
const promptsFile = sharedData('nemotron/prompts.json')

/** A conversation, and where it is known, the prompt that the model was trained on. */
interface PromptCase {
  readonly name: string
  readonly reasoning: 'on' | 'off'
  readonly messages: readonly Message[]
  readonly tools?: readonly Tool[]
  readonly prompt?: string
  readonly tokens?: readonly number[]
}

const weather: Tool = {
  name: 'weather',
  description: 'The weather of a place, "now".',
  parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
}
const call = { id: 'a', name: 'weather', input: { place: 'Łódź' } }

const ownCases: readonly PromptCase[] = [
  { name: 'one question', reasoning: 'on', messages: [{ role: 'user', content: 'hi' }] },
  {
    name: 'instructions',
    reasoning: 'off',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: ' naïve 🙂 \n' },
    ],
  },
  {
    name: 'three turns',
    reasoning: 'on',
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'ho' },
      { role: 'user', content: 'and?' },
    ],
  },
  {
    name: 'a tool',
    reasoning: 'on',
    messages: [{ role: 'user', content: 'Rain?' }],
    tools: [weather],
  },
  {
    name: 'a call and its result',
    reasoning: 'off',
    messages: [
      { role: 'user', content: 'Rain?' },
      { role: 'assistant', content: '', toolCalls: [call] },
      { role: 'tool', toolCallId: 'a', output: { rain: true } },
    ],
    tools: [weather],
  },
]
const promptCases = promptsFile.missing
  ? ownCases
  : [...ownCases, ...(JSON.parse(readFileSync(promptsFile.path, 'utf8')) as readonly PromptCase[])]

/**
 * Writes a small model with Nemotron's graph and vocabulary. Its template has the fault of the
 * model's own one: earlier tool calls lack a brace.
 */
async function writeSmallModel(): Promise<string> {
  const shape = {
    ...shapes['nemotron-nano-4b'],
    hiddenSize: 64,
    layers: 2,
    heads: 4,
    kvHeads: 1,
    feedForwardSize: 64,
  }
  const vocabulary = vocabularyFile.missing
    ? madeUpVocabulary(shape.vocabularySize)
    : llama3Vocabulary(readFileSync(vocabularyFile.path))
  const chatTemplate = readFileSync(repairedTemplate, 'utf8').replace(
    " + '}' -}}\n            {%- endfor",
    ' -}}\n            {%- endfor',
  )
  const path = join(folder, 'small.gguf')
  await writeGguf({
    path,
    ...transformer({
      shape,
      quantization: 'Q8_0',
      vocabulary,
      name: 'Llama 3.1 Nemotron Nano 4B v1.1',
      chatTemplate,
    }),
  })
  return path
}

const smallModel = writeSmallModel()
async function start(...extraArguments: readonly string[]): Promise<RunningServer> {
  const server = await startServer({ model: await smallModel, extraArguments })
  onTestFinished(() => server.close())
  return server
}

const requestOf = ({ messages, reasoning, tools = [] }: PromptCase) => ({
  messages,
  reasoning,
  tools,
})

/** Renders a prompt on the server, from the body that the mode chat sends. */
async function renderOnServer(
  server: RunningServer,
  promptCase: PromptCase,
): Promise<{ readonly text: string; readonly tokenCount: number }> {
  let chatBody = '{}'
  const recordingFetch: typeof fetch = (url, init) => {
    if (String(url).endsWith('/chat/completions')) chatBody = String(init?.body)
    return fetch(url, init)
  }
  const chat = await openModel({ url: server.url, mode: 'chat', fetch: recordingFetch })
  const { usage } = await chat.generate({ ...requestOf(promptCase), maxTokens: 1 })
  const response = await fetch(`${server.url}/apply-template`, { method: 'POST', body: chatBody })
  return {
    text: ((await response.json()) as { readonly prompt: string }).prompt,
    tokenCount: usage.input ?? NaN,
  }
}

describe('Nemotron Nano 4B behind a llama-server', () => {
  itWithLlamaServer("does not start with the model's own template", async () => {
    await expect(start()).rejects.toThrow(/[Tt]emplate/)
  })

  itWithLlamaServer('has the same prompts in both modes with the repaired template', async () => {
    const server = await start('--chat-template-file', repairedTemplate)
    const completions = await openModel({ url: server.url })
    for (const promptCase of promptCases) {
      const { text, tokens } = await completions.render(requestOf(promptCase))
      // The mode chat refuses a control token in a message.
      if (JSON.stringify(promptCase.messages).includes('<|')) {
        await expect(renderOnServer(server, promptCase)).rejects.toThrow(NanoError)
        continue
      }
      const prompt = await renderOnServer(server, promptCase)
      // The server reports a prompt without the token that begins each.
      expect(`<|begin_of_text|>${prompt.text}`, promptCase.name).toBe(text)
      expect(prompt.tokenCount, promptCase.name).toBe(tokens.length)
    }
  })

  itWithLlamaServer(
    'gets the prompts of its training from completions, without a template',
    async () => {
      const server = await start('--no-jinja', '--chat-template', 'llama3')
      const model = await openModel({ url: server.url, format: 'nemotron' })
      for (const promptCase of promptCases) {
        const { name, prompt, tokens: expectedTokens } = promptCase
        const { text, tokens } = await model.render(requestOf(promptCase))
        if (prompt !== undefined) expect(text, name).toBe(prompt)
        if (expectedTokens !== undefined && !vocabularyFile.missing)
          expect(tokens, name).toEqual(expectedTokens)
        const { usage } = await model.generate({ ...requestOf(promptCase), maxTokens: 1 })
        expect(usage.input, name).toBe(tokens.length)
      }
    },
  )
})
