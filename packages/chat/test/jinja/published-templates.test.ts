import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../../../test/shared/shared-data.ts'
import { fromCaller, parseTemplate } from '../../src/jinja/index.ts'

interface Call {
  readonly id: string
  readonly name: string
  readonly input: unknown
}

interface StoredMessage {
  readonly role: string
  readonly content?: string
  readonly reasoning?: string
  readonly toolCalls?: readonly Call[]
  readonly toolCallId?: string
  readonly output?: string
}

interface StoredRequest {
  readonly messages: readonly StoredMessage[]
  readonly reasoning: 'on' | 'off'
  readonly tools?: readonly { readonly name: string }[]
}

interface Stored {
  readonly today: string
  readonly requests: Record<string, StoredRequest>
  readonly prompts: Record<string, Record<string, string | null> & { readonly why?: object }>
}

const { path, missing } = sharedData('templates/prompts.json')
const folder = path.slice(0, -basename(path).length)
const skipReason = missing ? ` [${missing}]` : ''

/** A request as transformers passes it to a template. */
function toVariables({ messages, tools, reasoning }: StoredRequest): Record<string, unknown> {
  return {
    messages: messages.map(toMessage),
    tools: tools?.map((tool) => ({ type: 'function', function: fromCaller(tool) })) ?? null,
    documents: null,
    add_generation_prompt: true,
    enable_thinking: reasoning === 'on',
  }
}

function toMessage(message: StoredMessage): Record<string, unknown> {
  const { role, content, reasoning, toolCalls, toolCallId, output } = message
  if (role === 'tool') return { role, tool_call_id: toolCallId, content: fromCaller(output) }
  return {
    role,
    content: fromCaller(content),
    ...(reasoning !== undefined && { reasoning_content: fromCaller(reasoning) }),
    ...(toolCalls && {
      tool_calls: toolCalls.map(({ id, name, input }) => ({
        id,
        type: 'function',
        function: { name, arguments: fromCaller(input) },
      })),
    }),
  }
}

describe(`published templates${skipReason}`, () => {
  if (missing) {
    it.skip('render every prompt as transformers does', () => {})
    return
  }
  const { today, requests, prompts }: Stored = JSON.parse(readFileSync(path, 'utf8'))
  const now = () => new Date(`${today}T12:00:00`)

  it.each(Object.entries(prompts))(
    '%s renders every prompt as transformers does',
    (name, expected) => {
      const template = parseTemplate(readFileSync(folder + name, 'utf8'))
      for (const [requestName, request] of Object.entries(requests)) {
        const variables = {
          ...toVariables(request),
          bos_token: expected['bos'] ?? '',
          eos_token: expected['eos'] ?? '',
        }
        const render = () => template.render(variables, { now })
        const prompt = expected[requestName]
        if (typeof prompt === 'string') {
          const text = render().map((piece) => piece.text)
          expect(text.join(''), requestName).toBe(prompt)
        } else if (!isAboutAppend(expected.why, requestName)) {
          expect(render, requestName).toThrow()
        }
      }
    },
  )
})

/** transformers forbids templates to change a list; this interpreter renders those that do. */
function isAboutAppend(reasons: object | undefined, requestName: string): boolean {
  return String(new Map(Object.entries(reasons ?? {})).get(requestName)).includes("'append'")
}
