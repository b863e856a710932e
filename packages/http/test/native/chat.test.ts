import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GenerateResult, Message, Model } from '@nano/core'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { switchTool } from '../../../../test/shared/house-templates.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { thinkingTemplate } from '../../../../test/shared/thinking-template.ts'
import { openHttp } from '../../src/index.ts'
import {
  itWithLlamaServer,
  missingReason,
  type RunningServer,
  startServer,
} from './llama-server.ts'

const user = { role: 'user', content: 'What is 3 + 4?' } as const
const greedy = { sampling: { temperature: 0 }, maxTokens: 60 } as const

describe.each(['of the embedded model', 'that writes thoughts by itself'])(
  'the chat of a real llama-server with a template %s',
  (kind) => {
    let server: RunningServer
    let chat: Model
    let completions: Model
    beforeAll(async () => {
      if (missingReason !== undefined) return
      const file = join(temporaryFolder(), 'template.jinja')
      writeFileSync(file, thinkingTemplate)
      const writesThoughts = kind !== 'of the embedded model'
      server = await startServer({
        model: gguf.F16,
        extraArguments: ['-fa', 'off', ...(writesThoughts ? ['--chat-template-file', file] : [])],
      })
      chat = await openHttp({ url: server.url, mode: 'chat' })
      completions = await openHttp({ url: server.url })
    }, 60_000)
    afterAll(async () => {
      await chat?.close()
      await completions?.close()
      await server?.close()
    })

    /** The replies of both modes, which have to be the same. */
    async function replyOfBoth(lastMessage: Partial<Message>): Promise<GenerateResult> {
      const messages = [user, { role: 'assistant', content: '', ...lastMessage } as Message]
      const request = { messages, reasoning: 'on', ...greedy } as const
      const [reply, expected] = [await chat.generate(request), await completions.generate(request)]
      const selectFields = ({ reasoning, text, finishReason, usage }: GenerateResult) => ({
        reasoning,
        text,
        finishReason,
        input: usage.input,
      })
      expect(selectFields(reply)).toEqual(selectFields(expected))
      return reply
    }

    itWithLlamaServer('has completions by token ids beside it, whatever the family', () => {
      expect(completions.info.format).toMatch(
        kind === 'of the embedded model' ? /^nemotron$/ : /^template of/,
      )
      expect(completions.capabilities.controlTokensApart).toBe(true)
    })

    itWithLlamaServer('goes on with a begun thought', async () => {
      const { reasoning, text } = await replyOfBoth({ reasoning: '3+', continue: true })
      expect(reasoning).toMatch(/^4\n/)
      expect(text).toBe('7')
    })

    itWithLlamaServer('goes on with a begun text behind its thought', async () => {
      const { reasoning } = await replyOfBoth({
        reasoning: '3+4',
        content: 'It is',
        continue: true,
      })
      expect(reasoning).toBe('')
    })

    itWithLlamaServer('answers a last reply that is not marked', async () => {
      const messages = [user, { role: 'assistant', content: 'It is 7' }] as const
      const { text } = await chat.generate({ messages, reasoning: 'off', ...greedy })
      const expected = await completions.generate({ messages, reasoning: 'off', ...greedy })
      expect(text).toBe(expected.text)
      expect(text).not.toBe('')
    })

    itWithLlamaServer('gives the log-probabilities of completions', async () => {
      const request = { messages: [user], logprobs: 2, ...greedy } as const
      const { logprobs = [] } = await chat.generate(request)
      const expected = await completions.generate(request)
      expect(logprobs.length).toBeGreaterThan(0)
      expect(logprobs).toEqual(expected.logprobs)
    })

    itWithLlamaServer('calls the tool that it would not call by itself', async () => {
      if (kind !== 'of the embedded model') return
      const now = { name: 'now', description: 'Tells the time', parameters: { type: 'object' } }
      const { toolCalls, finishReason } = await chat.generate({
        ...greedy,
        messages: [user],
        tools: [now, switchTool],
        toolChoice: { name: switchTool.name },
        reasoning: 'off',
      })
      expect(finishReason).toBe('tool-calls')
      expect(toolCalls.map(({ name }) => name)).toEqual([switchTool.name])
    })
  },
)
