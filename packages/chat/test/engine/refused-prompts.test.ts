import { type Message, Model } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { detectFormat, formats, templateFormat } from '../../src/index.ts'
import { chat } from '../../src/engine/index.ts'
import { callTemplates } from '../support/call-templates.ts'
import { thinker } from '../support/parrot.ts'

const tools = ['look', 'find'].map((name) => ({ name, parameters: { type: 'object' } }))
const system: Message = { role: 'system', content: 'Be brief.' }
const user: Message = { role: 'user', content: 'Where?' }
const call = (id: string, name: string) => ({ id, name, input: { city: 'Paris' } })
const calls = [call('Zqcall001', 'look'), call('Zqcall002', 'find')]
const result = (toolCallId: string): Message => ({ role: 'tool', toolCallId, output: 'here' })

const [jsonInTags] = callTemplates
const template = jsonInTags?.template ?? ''
const openWith = (template: string, name = 'curt') =>
  new Model(
    chat(thinker(), templateFormat({ name: `template of ${name}`, template, controlTokens: [] })),
  )

describe('a template that writes only the first call of a reply', () => {
  const firstCallTemplate = template.replace(
    'item in message.tool_calls',
    'item in message.tool_calls[:1]',
  )
  const severalCalls = [user, { role: 'assistant', content: '', toolCalls: calls }] as Message[]

  it('is reported by the engine, before a token', async () => {
    expect(firstCallTemplate).not.toBe(template)
    const messages = [...severalCalls, result('Zqcall001'), result('Zqcall002')]
    await expect(openWith(firstCallTemplate).render?.({ messages, tools })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(
        /: the chat template of curt writes only the first call .*, and messages\[1\] has 2/,
      ),
    })
    await expect(openWith(template).render?.({ messages, tools })).resolves.toBeDefined()
  })

  it('writes calls in replies of their own', async () => {
    const messages = calls.flatMap((call): Message[] => [
      { role: 'assistant', content: '', toolCalls: [call] },
      result(call.id),
    ])
    const prompt = await openWith(firstCallTemplate).render?.({
      messages: [user, ...messages],
      tools,
    })
    expect(prompt?.text).toMatch(/look.*look.*find/s)
  })
})

describe('a tool that a template leaves out', () => {
  const omittingTemplate = template.replace('if tools', "if tools and messages[0].role != 'system'")

  it('beside a system message is named by the engine, before a token', async () => {
    expect(omittingTemplate).not.toBe(template)
    const model = openWith(omittingTemplate, 'shy')
    expect((await model.render?.({ messages: [user], tools }))?.text).toContain('look')
    const request = { messages: [system, user], tools }
    for (const outcome of [model.render?.(request), model.generate(request)])
      await expect(outcome).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(
          /: the chat template of shy leaves the tool look out of .*\. Put what the system/,
        ),
      })
    await expect(model.render?.({ ...request, toolChoice: 'none' })).resolves.toBeDefined()
  })

  it('after the first is named too', async () => {
    const firstToolTemplate = template.replace('for tool in tools', 'for tool in tools[:1]')
    expect(firstToolTemplate).not.toBe(template)
    await expect(openWith(firstToolTemplate).render?.({ messages: [user], tools })).rejects.toThrow(
      /leaves the tool find out of this conversation\. Change the conversation/,
    )
  })
})

it('a template for tools that drops system messages is reported with tools only', async () => {
  const format = detectFormat({
    name: 'house',
    chatTemplate: '{% for m in messages %}{{ m.content }}{% endfor %}',
    toolTemplate: template.replace('in messages', "in messages if message.role != 'system'"),
  })
  const model = new Model(chat(thinker(), format))
  const messages = [system, user]
  expect((await model.render?.({ messages }))?.text).toContain('Be brief.')
  await expect(model.render?.({ messages, tools })).rejects.toThrow(/leaves system messages out/)
})

it('a format of nano that drops system messages is named as a format', async () => {
  const model = new Model(chat(thinker(), { ...formats.chatml, dropsSystem: 'always' }))
  await expect(model.render?.({ messages: [system, user] })).rejects.toThrow(
    /: the format chatml leaves system messages out\. Put what they say/,
  )
})

it('every format writes the tools of a conversation with a system message', async () => {
  for (const format of Object.values(formats).filter(({ splitToolCalls }) => splitToolCalls)) {
    const model = new Model(chat(thinker({ format }), format))
    const prompt = await model.render?.({ messages: [system, user], tools })
    expect(prompt?.text, format.name).toMatch(/look.*find/s)
  }
})
