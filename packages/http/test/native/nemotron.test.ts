import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Message, type Model, NanoError, type Tool } from '@nano/core'
import { llama3Vocabulary, madeUpVocabulary, shapes, transformer, writeGguf } from '@nano/forge'
import { afterAll, describe, expect } from 'vitest'
import { sharedData } from '../../../../test/shared/data.ts'
import { temporaryFolder } from '../../../../test/shared/folder.ts'
import { openHttp } from '../../src/index.ts'
import { itWithLlamaServer, startServer, type RunningServer } from './llama-server.ts'

const folder = temporaryFolder()
const template = join(import.meta.dirname, '../../templates/nemotron-nano.jinja')
const ranks = sharedData('llama3/tokenizer.model')
const prompts = sharedData('nemotron/prompts.json')

interface Case {
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

const own: readonly Case[] = [
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
const cases = prompts.missing
  ? own
  : [...own, ...(JSON.parse(readFileSync(prompts.path, 'utf8')) as readonly Case[])]

/**
 * Nemotron's graph and vocabulary, as narrow as it gets, with a template that has the fault of the
 * model's own: calls that are shown again lack a brace.
 */
async function narrow(): Promise<string> {
  const shape = {
    ...shapes['nemotron-nano-4b'],
    hidden: 64,
    layers: 2,
    heads: 4,
    kvHeads: 1,
    feedForward: 64,
  }
  const vocabulary = ranks.missing
    ? madeUpVocabulary(shape.vocabulary)
    : llama3Vocabulary(readFileSync(ranks.path))
  const chatTemplate = readFileSync(template, 'utf8').replace(
    " + '}' -}}\n            {%- endfor",
    ' -}}\n            {%- endfor',
  )
  const path = join(folder, 'narrow.gguf')
  await writeGguf({
    path,
    ...transformer({
      shape,
      quantisation: 'Q8_0',
      vocabulary,
      name: 'Llama 3.1 Nemotron Nano 4B v1.1',
      chatTemplate,
    }),
  })
  return path
}

const model = narrow()
const closing: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const close of closing) await close()
})
async function started(...more: readonly string[]): Promise<RunningServer> {
  const server = await startServer({ model: await model, more })
  closing.push(() => server.close())
  return server
}

/**
 * The template sees messages as the mode chat sends them, so they are caught on their way and shown
 * to it.
 */
async function rendered(
  server: RunningServer,
  { messages, reasoning, tools = [] }: Case,
): Promise<{ readonly text: string; readonly count: number }> {
  let sent = '{}'
  const catching: typeof fetch = (url, init) => {
    if (String(url).endsWith('/chat/completions')) sent = String(init?.body)
    return fetch(url, init)
  }
  const chat = await openHttp({ url: server.url, mode: 'chat', fetch: catching })
  const { usage } = await chat.generate({ messages, reasoning, tools, maxTokens: 1 })
  await chat.close()
  const answer = await fetch(`${server.url}/apply-template`, { method: 'POST', body: sent })
  return {
    text: ((await answer.json()) as { readonly prompt: string }).prompt,
    count: usage.input ?? NaN,
  }
}

const here = (opened: Model, { messages, reasoning, tools = [] }: Case) =>
  opened.render({ messages, reasoning, tools })

describe('Nemotron Nano 4B behind a llama-server', () => {
  itWithLlamaServer('is refused with a template as its own', async () => {
    await expect(started()).rejects.toThrow(/[Tt]emplate/)
  })

  itWithLlamaServer(
    'renders with the repaired template, in the mode chat, what is rendered here',
    async () => {
      const server = await started('--chat-template-file', template)
      const completions = await openHttp({ url: server.url })
      for (const one of cases) {
        const { text, tokens } = await here(completions, one)
        if (JSON.stringify(one.messages).includes('<|')) {
          await expect(rendered(server, one)).rejects.toThrow(NanoError)
          continue
        }
        const { text: theirs, count } = await rendered(server, one)
        // It shows a prompt without the token that it puts before each.
        expect(`<|begin_of_text|>${theirs}`, one.name).toBe(text)
        expect(count, one.name).toBe(tokens.length)
      }
      await completions.close()
    },
  )

  itWithLlamaServer(
    'is sent by raw completions, without a template, what the model was trained on',
    async () => {
      const server = await started('--no-jinja', '--chat-template', 'llama3')
      const opened = await openHttp({ url: server.url, format: 'nemotron' })
      for (const one of cases) {
        const { text, tokens } = await here(opened, one)
        if (one.prompt !== undefined) expect(text, one.name).toBe(one.prompt)
        if (one.tokens !== undefined && !ranks.missing) expect(tokens, one.name).toEqual(one.tokens)
        const { messages, reasoning, tools = [] } = one
        const { usage } = await opened.generate({ messages, reasoning, tools, maxTokens: 1 })
        expect(usage.input, one.name).toBe(tokens.length)
      }
      await opened.close()
    },
  )
})
