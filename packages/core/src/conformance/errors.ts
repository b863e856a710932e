import type { Capabilities } from '../capabilities.ts'
import { errorCodes, NanoError } from '../error.ts'
import type { GenerateInput, GenerateRequest } from '../request.ts'
import { ask, describe, hold, holdCode, type Law, parts, question, thrownBy } from './law.ts'

const tool = {
  name: 'add',
  description: 'Adds.',
  parameters: { type: 'object', properties: { a: { type: 'number' } } },
}
const settings: Required<NonNullable<GenerateRequest['sampling']>> = {
  temperature: 0.8,
  topP: 0.9,
  topK: 20,
  minP: 0.05,
  repetitionPenalty: 1.1,
  presencePenalty: 0.1,
  frequencyPenalty: 0.1,
  seed: 3,
}

/** Like a key to a server, so that nobody writes it by chance. */
const key = 'sk-nano-4f9a1c77e2'

interface Asking {
  readonly what: string
  readonly claimed: (can: Capabilities) => boolean
  readonly more: Partial<GenerateRequest>
}

/** What asks for each capability, and whether the model claims it. */
const asks: readonly Asking[] = [
  { what: 'reasoning on', claimed: (can) => can.reasoning !== 'never', more: { reasoning: 'on' } },
  {
    what: 'reasoning off',
    claimed: (can) => can.reasoning !== 'always',
    more: { reasoning: 'off' },
  },
  {
    what: 'a reasoning budget',
    claimed: (can) => can.reasoningBudget,
    more: { reasoningBudget: 4 },
  },
  { what: 'log-probabilities', claimed: (can) => can.logprobs, more: { logprobs: 0 } },
  { what: 'tools', claimed: (can) => can.tools !== 'never', more: { tools: [tool] } },
  {
    what: 'a tool by name',
    claimed: (can) => can.tools === 'forced',
    more: { tools: [tool], toolChoice: { name: 'add' } },
  },
  {
    what: 'a schema',
    claimed: (can) => can.schema,
    more: { schema: { type: 'object', properties: {}, additionalProperties: false } },
  },
  { what: 'a LoRA adapter', claimed: () => false, more: { lora: 'no adapter has this name' } },
  ...Object.entries(settings).map(([name, value]): Asking => ({
    what: `the sampling setting ${name}`,
    claimed: (can) => can.sampling.some((setting) => setting === name),
    more: { sampling: { [name]: value } },
  })),
]

export const errors: readonly Law[] = [
  {
    law: 'what is claimed is served, and what is not claimed is refused before a token',
    async check(model) {
      for (const { what, claimed, more } of asks) {
        const error = await thrownBy(parts(model, ask(question, { maxTokens: 4, ...more })))
        const failed =
          error !== undefined &&
          !(what === 'a schema' && NanoError.is(error) && error.code === 'bad-output')
        if (claimed(model.capabilities))
          hold(!failed, `${what} is claimed, and failed with ${describe(error)}`)
        else holdCode(error, 'unsupported', `${what} is not claimed`)
      }
    },
  },
  {
    law: 'a malformed request is refused before any work',
    async check(model) {
      const malformed: unknown[] = [
        { messages: [] },
        { messages: [{ role: 'robot', content: 'hi' }] },
        { messages: [{ role: 'user' }] },
        { ...ask(question), maxTokens: 0 },
        { ...ask(question), stop: [''] },
        { ...ask(question), temprature: 1 },
        { ...ask(question), sampling: { temperature: -1 } },
        {
          messages: [
            { role: 'user', content: 'a' },
            { role: 'system', content: 'b' },
          ],
        },
        { messages: [{ role: 'tool', toolCallId: 'x', output: 1 }] },
        undefined,
        7,
      ]
      for (const request of malformed)
        holdCode(
          await thrownBy(model.generate(request as GenerateInput)),
          'invalid-request',
          JSON.stringify(request) ?? 'undefined',
        )
    },
  },
  {
    law: 'a prompt longer than the context is refused with both numbers, before a part',
    async check(model) {
      const { contextLength } = model.info
      if (contextLength === undefined) return
      const error = await thrownBy(parts(model, ask('7 '.repeat(contextLength), { maxTokens: 1 })))
      holdCode(error, 'context-overflow', `a prompt of more than ${contextLength} tokens`)
      hold(
        NanoError.is(error) && error.message.includes(String(contextLength)),
        `the message does not name the context's ${contextLength} tokens: ${describe(error)}`,
      )
      await parts(model, ask(question))
    },
  },
  {
    law: 'no message of an error repeats what the caller wrote, a key least of all',
    async check(model) {
      const { contextLength } = model.info
      const said = {
        messages: [
          { role: 'system' as const, content: key },
          { role: 'user' as const, content: key },
        ],
      }
      const schema = {
        type: 'object',
        description: key,
        properties: { total: { type: 'string', const: key } },
        required: ['total'],
      }
      const failing: unknown[] = [
        ...asks
          .filter(({ claimed }) => !claimed(model.capabilities))
          .map(({ more }) => ({ ...said, ...more })),
        { ...said, maxTokens: 0 },
        { ...said, sampling: key },
        { ...said, messages: [{ role: key, content: key }] },
        { ...said, stop: [key, ''] },
        { ...said, tools: [{ name: '', description: key, parameters: {} }] },
        { ...said, schema, maxTokens: 40 },
        { ...said, tools: [{ ...tool, description: key }], maxTokens: 4 },
        ...(contextLength === undefined
          ? []
          : [{ messages: `${key} `.repeat(Math.ceil(contextLength / key.length) * 8) }]),
      ]
      for (const request of failing) {
        const error = await thrownBy(model.generate(request as GenerateInput))
        for (let cause = error; cause instanceof Error && NanoError.is(cause); cause = cause.cause)
          hold(!cause.message.includes(key), `it is repeated in ${describe(cause)}`)
      }
    },
  },
  {
    // An error that is none of the contract's comes out as `internal`: a fault of the driver.
    law: 'every error is a NanoError with a code of the table, and none is internal',
    async check(model) {
      for (const request of [
        { messages: [] },
        ask(question, { schema: {} }),
        ask(question, { logprobs: 1 }),
      ]) {
        const error = await thrownBy(model.generate(request as GenerateInput))
        hold(
          error === undefined ||
            (NanoError.is(error) && errorCodes.includes(error.code) && error.code !== 'internal'),
          describe(error),
        )
      }
    },
  },
]
