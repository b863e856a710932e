import { ask, hold, type Law, parts, question } from './law.ts'

const tool = {
  name: 'add',
  description: 'Adds two numbers.',
  parameters: {
    type: 'object',
    properties: { a: { type: 'number' }, b: { type: 'number' } },
    required: ['a', 'b'],
  },
}

export const tools: readonly Law[] = [
  {
    law: 'a conversation with a call and its result can go on',
    needs: (can) => can.tools !== 'never',
    async check(model) {
      await model.generate(
        ask(question, {
          messages: [
            { role: 'user', content: question },
            {
              role: 'assistant',
              content: '',
              toolCalls: [{ id: 'c1', name: 'add', input: { a: 12, b: 7 } }],
            },
            { role: 'tool', toolCallId: 'c1', output: 19 },
          ],
          tools: [tool],
        }),
      )
    },
  },
  {
    law: 'a call is emitted whole, with an id of its own and an object as its input, and ends the reply with tool-calls',
    needs: (can) => can.tools !== 'never',
    async check(model) {
      const seen = await parts(
        model,
        ask(question, {
          tools: [tool],
          ...(model.capabilities.tools === 'forced' && { toolChoice: 'required' as const }),
        }),
      )
      const calls = seen.filter((part) => part.type === 'tool-call')
      hold(new Set(calls.map(({ id }) => id)).size === calls.length, 'two calls share an id')
      for (const { input, name } of calls)
        hold(
          typeof input === 'object' && input !== null && !Array.isArray(input) && name !== '',
          `call of ${name} with ${JSON.stringify(input)}`,
        )
      const last = seen.at(-1)
      const calling = last?.type === 'finish' && last.finishReason === 'tool-calls'
      hold(
        calls.length > 0 === calling || (last?.type === 'finish' && last.finishReason === 'length'),
        `${calls.length} calls, finished with ${JSON.stringify(last)}`,
      )
    },
  },
  {
    law: 'an offered tool reaches the prompt',
    needs: (can) => can.tools !== 'never' && can.countTokens,
    async check(model) {
      const request = ask(question, { tools: [tool], maxTokens: 1 })
      const [bare, offered, read] = [
        await model.countTokens(ask(question)),
        await model.countTokens(request),
        (await model.generate(request)).usage.input,
      ]
      hold(offered > bare, `a prompt of ${offered} tokens with a tool, ${bare} without`)
      hold(read === offered, `counted ${offered}, and read ${read}`)
    },
  },
  {
    law: 'an offered tool shows in the rendered prompt, and one that may not be called does not',
    needs: (can) => can.tools !== 'never' && can.render,
    async check(model) {
      const offered = { ...tool, name: 'add_two_terms', description: 'Adds exactly two terms.' }
      const [shown, hidden] = [
        await model.render(ask(question, { tools: [offered] })),
        await model.render(ask(question, { tools: [offered], toolChoice: 'none' })),
      ]
      for (const said of [offered.name, offered.description])
        hold(
          shown.text.includes(said),
          `${JSON.stringify(said)} is not in ${JSON.stringify(shown.text)}`,
        )
      hold(
        !hidden.text.includes(offered.name),
        `with toolChoice none, it is in ${JSON.stringify(hidden.text)}`,
      )
    },
  },
  {
    law: 'a call that is demanded comes',
    needs: (can) => can.tools === 'forced',
    async check(model) {
      for (const toolChoice of ['required', { name: 'add' }] as const) {
        const { toolCalls, finishReason } = await model.generate(
          ask(question, { tools: [tool], toolChoice, maxTokens: 200 }),
        )
        hold(
          finishReason === 'length' || toolCalls.some(({ name }) => name === 'add'),
          `${toolCalls.length} calls for ${JSON.stringify(toolChoice)}`,
        )
      }
    },
  },
  {
    law: 'toolChoice none offers no tool',
    needs: (can) => can.tools !== 'never' && can.countTokens,
    async check(model) {
      const [bare, none] = [
        await model.countTokens(ask(question)),
        await model.countTokens(ask(question, { tools: [tool], toolChoice: 'none' })),
      ]
      hold(
        bare === none,
        `a prompt of ${none} tokens with tools that may not be called, ${bare} without`,
      )
    },
  },
]
