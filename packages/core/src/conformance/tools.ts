import { requestFor, assertHolds, type Law, needs, collectParts, question } from './law.ts'

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
    skipReason: needs('tools are', ({ tools }) => tools !== 'never'),
    async check(model) {
      await model.generate(
        requestFor(model, question, {
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
    law: 'a call is emitted whole, with an id of its own and an object as its input',
    skipReason: needs('tools are', ({ tools }) => tools !== 'never'),
    async check(model) {
      const parts = await collectParts(
        model,
        requestFor(model, question, {
          tools: [tool],
          ...(model.capabilities.tools === 'forced' && { toolChoice: 'required' as const }),
        }),
      )
      const calls = parts.filter((part) => part.type === 'tool-call')
      assertHolds(new Set(calls.map(({ id }) => id)).size === calls.length, 'two calls share an id')
      for (const { input, name } of calls)
        assertHolds(
          typeof input === 'object' && input !== null && !Array.isArray(input) && name !== '',
          `call of ${name} with ${JSON.stringify(input)}`,
        )
      const last = parts.at(-1)
      const calling = last?.type === 'finish' && last.finishReason === 'tool-calls'
      assertHolds(
        calls.length > 0 === calling || (last?.type === 'finish' && last.finishReason === 'length'),
        `${calls.length} calls, finished with ${JSON.stringify(last)}`,
      )
    },
  },
  {
    law: 'an offered tool reaches the prompt',
    skipReason: needs(
      'tools and countTokens are',
      ({ tools, countTokens }) => tools !== 'never' && countTokens,
    ),
    async check(model) {
      const request = requestFor(model, question, { tools: [tool], maxTokens: 1 })
      const [countWithout, countWith, inputCount] = [
        await model.countTokens(requestFor(model, question)),
        await model.countTokens(request),
        (await model.generate(request)).usage.input,
      ]
      assertHolds(
        countWith > countWithout,
        `a prompt of ${countWith} tokens with a tool, ${countWithout} without`,
      )
      assertHolds(inputCount === countWith, `counted ${countWith}, and read ${inputCount}`)
    },
  },
  {
    law: 'render shows an offered tool, and hides it with toolChoice none',
    skipReason: needs('tools and render are', ({ tools, render }) => tools !== 'never' && render),
    async check(model) {
      const offeredTool = { ...tool, name: 'add_two_terms', description: 'Adds exactly two terms.' }
      const [promptWithTool, promptWithoutTool] = [
        await model.render(requestFor(model, question, { tools: [offeredTool] })),
        await model.render(
          requestFor(model, question, { tools: [offeredTool], toolChoice: 'none' }),
        ),
      ]
      for (const text of [offeredTool.name, offeredTool.description])
        assertHolds(
          promptWithTool.text.includes(text),
          `${JSON.stringify(text)} is not in ${JSON.stringify(promptWithTool.text)}`,
        )
      assertHolds(
        !promptWithoutTool.text.includes(offeredTool.name),
        `with toolChoice none, it is in ${JSON.stringify(promptWithoutTool.text)}`,
      )
    },
  },
  {
    law: 'a demanded call comes, even where the conversation gives no reason for it',
    skipReason: needs('forced tools are', ({ tools }) => tools === 'forced'),
    async check(model) {
      for (const toolChoice of ['required', { name: 'add' }] as const) {
        const { toolCalls, finishReason } = await model.generate(
          requestFor(model, 'Wish me good night.', {
            tools: [{ ...tool, name: 'subtract', description: 'Subtracts.' }, tool],
            toolChoice,
            maxTokens: 200,
          }),
        )
        const names = toolCalls.map(({ name }) => name)
        assertHolds(
          finishReason === 'length' ||
            (names.length > 0 && (toolChoice === 'required' || names.every((n) => n === 'add'))),
          `calls of ${names.join(', ') || 'nothing'} for ${JSON.stringify(toolChoice)}`,
        )
      }
    },
  },
  {
    law: 'toolChoice none offers no tool',
    skipReason: needs(
      'tools and countTokens are',
      ({ tools, countTokens }) => tools !== 'never' && countTokens,
    ),
    async check(model) {
      const [bare, none] = [
        await model.countTokens(requestFor(model, question)),
        await model.countTokens(requestFor(model, question, { tools: [tool], toolChoice: 'none' })),
      ]
      assertHolds(
        bare === none,
        `a prompt of ${none} tokens with tools that may not be called, ${bare} without`,
      )
    },
  },
]
