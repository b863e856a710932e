import type { Capabilities } from '../capabilities.ts'
import { errorCodes, NanoError } from '../error.ts'
import type { GenerateInput } from '../generate-input.ts'
import { chatFields, type GenerateRequest } from '../request.ts'
import { samplingSettings } from '../sampling.ts'
import {
  requestFor,
  describeResult,
  assertHolds,
  assertErrorCode,
  type Law,
  collectParts,
  question,
  errorOf,
} from './law.ts'

const tool = {
  name: 'add',
  description: 'Adds.',
  parameters: { type: 'object', properties: { a: { type: 'number' } } },
}

/** Like a key to a server, so that nobody writes it by chance. */
const key = 'sk-nano-4f9a1c77e2'

interface CapabilityProbe {
  readonly label: string
  readonly isClaimed: (capabilities: Capabilities) => boolean
  readonly fields: Partial<GenerateRequest>
}

/** What probes for each capability, and whether the model claims it. */
const probes: readonly CapabilityProbe[] = [
  {
    label: 'reasoning on',
    isClaimed: ({ reasoning }) => reasoning !== 'never',
    fields: { reasoning: 'on' },
  },
  {
    label: 'reasoning off',
    isClaimed: ({ reasoning }) => reasoning !== 'always',
    fields: { reasoning: 'off' },
  },
  {
    label: 'a reasoning budget',
    isClaimed: ({ reasoningBudget }) => reasoningBudget,
    fields: { reasoningBudget: 4 },
  },
  {
    label: 'log-probabilities',
    isClaimed: ({ logprobs }) => logprobs,
    fields: { logprobs: 0 },
  },
  {
    label: 'tools',
    isClaimed: ({ tools }) => tools !== 'never',
    fields: { tools: [tool] },
  },
  {
    label: 'a tool by name',
    isClaimed: ({ tools }) => tools === 'forced',
    fields: { tools: [tool], toolChoice: { name: 'add' } },
  },
  {
    label: 'a schema',
    isClaimed: ({ schema }) => schema,
    fields: { schema: { type: 'object', properties: {}, additionalProperties: false } },
  },
  {
    label: 'a LoRA adapter',
    isClaimed: () => false,
    fields: { lora: 'no adapter has this name' },
  },
  ...Object.entries(samplingSettings).map(([name, { example }]): CapabilityProbe => ({
    label: `the sampling setting ${name}`,
    isClaimed: (capabilities) => capabilities.sampling.some((setting) => setting === name),
    fields: { sampling: { [name]: example } },
  })),
]

export const errors: readonly Law[] = [
  {
    law: 'a temperature from 0 to 2 works where claimed, and any other is an invalid request',
    async check(model) {
      const withTemperature = (temperature: number) =>
        errorOf(model.generate(requestFor(model, question, { sampling: { temperature } })))
      for (const temperature of [-0.01, 2.01, 50])
        assertErrorCode(await withTemperature(temperature), 'invalid-request', String(temperature))
      if (!model.capabilities.sampling.includes('temperature')) return
      for (const temperature of [0, 2]) {
        const error = await withTemperature(temperature)
        assertHolds(error === undefined, `${temperature} failed with ${describeResult(error)}`)
      }
    },
  },
  {
    law: 'a claimed method works, and one that is not claimed throws unsupported',
    async check(model) {
      const { capabilities } = model
      const calls = [
        { method: 'tokenize', isClaimed: capabilities.tokenize, call: () => model.tokenize('a') },
        {
          method: 'detokenize',
          isClaimed: capabilities.tokenize,
          call: () => model.detokenize([]),
        },
        {
          method: 'countTokens',
          isClaimed: capabilities.countTokens,
          call: () => model.countTokens(requestFor(model, question)),
        },
        {
          method: 'render',
          isClaimed: capabilities.render,
          call: () => model.render(requestFor(model, question)),
        },
      ]
      for (const { method, isClaimed, call } of calls) {
        const error = await errorOf(call())
        if (isClaimed)
          assertHolds(error === undefined, `${method} failed with ${describeResult(error)}`)
        else assertErrorCode(error, 'unsupported', `${method} is not claimed`)
      }
    },
  },
  {
    law: 'a claimed capability works, and one that is not claimed is refused before a token',
    async check(model) {
      for (const { label, isClaimed, fields } of probes) {
        // Beside a prompt they are invalid, whatever is claimed.
        if (!model.capabilities.chat && chatFields.some((field) => field in fields)) continue
        const error = await errorOf(
          collectParts(model, requestFor(model, question, { maxTokens: 4, ...fields })),
        )
        const hasFailed =
          error !== undefined &&
          !(label === 'a schema' && NanoError.is(error) && error.code === 'bad-output')
        if (isClaimed(model.capabilities))
          assertHolds(!hasFailed, `${label} is claimed, and failed with ${describeResult(error)}`)
        else assertErrorCode(error, 'unsupported', `${label} is not claimed`)
      }
    },
  },
  {
    law: 'a malformed request is refused before any work',
    async check(model) {
      const malformedRequests: unknown[] = [
        { messages: [] },
        { messages: [{ role: 'robot', content: 'hi' }] },
        { messages: [{ role: 'user' }] },
        { ...requestFor(model, question), maxTokens: 0 },
        { ...requestFor(model, question), stop: [''] },
        { ...requestFor(model, question), temprature: 1 },
        { ...requestFor(model, question), sampling: { temperature: -1 } },
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
      for (const request of malformedRequests)
        assertErrorCode(
          await errorOf(model.generate(request as GenerateInput)),
          'invalid-request',
          JSON.stringify(request) ?? 'undefined',
        )
    },
  },
  {
    law: 'a prompt longer than the context is refused before a part, naming the context length',
    async check(model) {
      const { contextLength } = model.info
      if (contextLength === undefined) return 'the length of the context is not known'
      const error = await errorOf(
        collectParts(model, requestFor(model, '7 '.repeat(contextLength), { maxTokens: 1 })),
      )
      assertErrorCode(error, 'context-overflow', `a prompt of more than ${contextLength} tokens`)
      assertHolds(
        NanoError.is(error) && error.message.includes(String(contextLength)),
        `the message does not name the context's ${contextLength} tokens: ${describeResult(error)}`,
      )
      await collectParts(model, requestFor(model, question))
    },
  },
  {
    law: 'no error message repeats a text of the request, such as a key in it',
    async check(model) {
      const { contextLength } = model.info
      const conversation = {
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
      const failingRequests: unknown[] = [
        ...probes
          .filter(({ isClaimed }) => !isClaimed(model.capabilities))
          .map(({ fields }) => ({ ...conversation, ...fields })),
        { ...conversation, maxTokens: 0 },
        { ...conversation, sampling: key },
        { ...conversation, messages: [{ role: key, content: key }] },
        { ...conversation, stop: [key, ''] },
        { ...conversation, tools: [{ name: '', description: key, parameters: {} }] },
        { ...conversation, schema, maxTokens: 40 },
        { ...conversation, tools: [{ ...tool, description: key }], maxTokens: 4 },
        { ...conversation, tools: [tool], toolChoice: 'required', maxTokens: 40 },
        ...(contextLength === undefined
          ? []
          : [{ messages: `${key} `.repeat(Math.ceil(contextLength / key.length) * 8) }]),
      ]
      for (const request of failingRequests) {
        const error = await errorOf(model.generate(request as GenerateInput))
        for (let cause = error; cause instanceof Error && NanoError.is(cause); cause = cause.cause)
          assertHolds(!cause.message.includes(key), `it is repeated in ${describeResult(cause)}`)
      }
    },
  },
  {
    // An error that is none of the contract's comes out as `internal`: a fault of the driver.
    law: 'every error is a NanoError with a code of the contract, and none is internal',
    async check(model) {
      for (const request of [
        { messages: [] },
        requestFor(model, question, { schema: {} }),
        requestFor(model, question, { logprobs: 1 }),
      ]) {
        const error = await errorOf(model.generate(request as GenerateInput))
        assertHolds(
          error === undefined ||
            (NanoError.is(error) && errorCodes.includes(error.code) && error.code !== 'internal'),
          describeResult(error),
        )
      }
    },
  },
]
