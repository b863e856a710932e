import { type Capabilities, type GenerateRequest, NanoError } from '@nano/core'
import { type Call, type Driver, stopAt } from '@nano/core/driver'
import { constrainable, constraintOf } from './constrain-reply.ts'
import type { Engine } from './engine.ts'
import { type ChatFormat, toConversation } from '../format/chat-format.ts'
import { joinText, type Prompt, promptText } from '../prompt/prompt.ts'
import { reply } from './generate-reply.ts'

/** Lifts an engine to a driver: render, complete, split, stop. Local adapters need nothing else. */
export function chat(engine: Engine, format: ChatFormat): Driver {
  function render(request: GenerateRequest): Prompt {
    const uses = request.messages.some(
      (message) =>
        message.role === 'tool' || (message.role === 'assistant' && message.toolCalls?.length),
    )
    if (uses && !format.splitToolCalls)
      throw new NanoError(
        'unsupported',
        `${engine.name}: the format ${format.name} cannot write tool calls or their results`,
      )

    const prompt = joinText(format.render(toConversation(request, format)))
    const [first] = prompt
    const begun =
      !engine.bosToken || (first && 'control' in first && first.control === engine.bosToken)
    return begun || !engine.bosToken ? prompt : [{ control: engine.bosToken }, ...prompt]
  }

  async function fitting(prompt: Prompt, { signal }: Call): Promise<readonly number[]> {
    const tokens = await engine.tokenize(prompt, signal)
    const { contextLength } = engine.info
    if (tokens.length < contextLength) return tokens
    const advice = 'Shorten the conversation, or open the model with a longer context.'
    throw new NanoError(
      'context-overflow',
      `${engine.name}: the prompt has ${tokens.length} tokens, and prompt and reply together have room for ${contextLength}. ${advice}`,
    )
  }

  return {
    name: engine.name,
    capabilities: capabilities(engine, format),
    info: { ...engine.info, format: format.name },

    stream(request, call) {
      const constraint = constraintOf(request, format)
      if (constraint && request.logprobs !== undefined)
        throw new NanoError(
          'unsupported',
          `${engine.name} does not support log-probabilities of a reply that is held to a schema or a call; ask for one of them`,
        )
      const prompt = render(request)
      const { parts, finish } = reply({
        engine,
        format,
        request,
        prompt: () => fitting(prompt, call),
        constraint,
        call,
      })
      return stopAt(parts, request.stop ?? [], () => finish('stop'))
    },

    tokenize: (text) => engine.tokenize([{ text }]),
    async detokenize(tokens) {
      const unknown = tokens.find((token) => token >= engine.vocabularySize)
      if (unknown !== undefined)
        throw new NanoError(
          'invalid-request',
          `${engine.name}: there is no token ${unknown}; the vocabulary has ${engine.vocabularySize}`,
        )
      return engine.detokenize(tokens)
    },
    countTokens: async (request) => (await engine.tokenize(render(request))).length,
    async render(request) {
      const prompt = render(request)
      return { text: promptText(prompt), tokens: await engine.tokenize(prompt) }
    },
    close: () => engine.close(),
  }
}

function capabilities(engine: Engine, format: ChatFormat): Capabilities {
  const { reasoning, splitToolCalls: toolCalls, callRule } = format
  const constrained = engine.grammar === true && constrainable(format)
  return {
    reasoning: reasoning ? (reasoning.canTurnOff ? 'optional' : 'always') : 'never',
    reasoningBudget: reasoning !== undefined,
    sampling: engine.sampling,
    logprobs: engine.logprobs === true,
    tools: toolCalls ? (callRule && constrained ? 'forced' : 'offered') : 'never',
    schema: constrained,
    loras: engine.loras ?? [],
    continuation: true,
    tokenize: true,
    countTokens: true,
    render: true,
    controlTokensApart: true,
  }
}
