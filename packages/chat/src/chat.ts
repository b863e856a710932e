import { type Capabilities, carry, type Driver, type GenerateRequest, NanoError, type Part, stopAt } from '@nano/core'
import { constrainable, constraintOf } from './constraint.ts'
import type { Engine } from './engine.ts'
import { type ChatFormat, conversation } from './format.ts'
import { joinText, type Prompt, promptText } from './prompt.ts'
import { reply } from './reply.ts'

/** Lifts an engine to a driver: render, complete, split, stop. Local adapters need nothing else. */
export function chat(engine: Engine, format: ChatFormat): Driver {
  function render(request: GenerateRequest): Prompt {
    const uses = request.messages.some((message) => message.role === 'tool' || (message.role === 'assistant' && message.toolCalls?.length))
    if (uses && !format.toolCalls) throw new NanoError('unsupported', `${engine.name}: the format ${format.name} cannot write tool calls or their results`)

    const prompt = joinText(format.render(conversation(request, format)))
    const [first] = prompt
    const begun = !engine.beginning || (first && 'control' in first && first.control === engine.beginning)
    return begun || !engine.beginning ? prompt : [{ control: engine.beginning }, ...prompt]
  }

  return {
    name: engine.name,
    capabilities: capabilities(engine, format),
    info: { ...engine.info, format: format.name },

    async *stream(request, call) {
      const constraint = constraintOf(request, format)
      if (constraint && request.logprobs !== undefined) throw new NanoError('unsupported', `${engine.name} does not support log-probabilities of a reply that is held to a schema or a call; ask for one of them`)
      const prompt = await engine.tokenize(render(request))
      const { contextLength } = engine.info
      if (prompt.length >= contextLength) {
        const advice = 'Shorten the conversation, or open the model with a longer context.'
        throw new NanoError('context-overflow', `${engine.name}: the prompt has ${prompt.length} tokens, and prompt and reply together have room for ${contextLength}. ${advice}`)
      }

      const said = reply({ engine, format, request, prompt, constraint, call })
      const { parts, called } = withCalls(said.parts, format, request)
      yield* stopAt(parts, request.stop ?? [], () => said.finish(called() ? 'tool-calls' : 'stop'))
    },

    tokenize: (text) => engine.tokenize([{ text }]),
    async detokenize(tokens) {
      const unknown = tokens.find((token) => token >= engine.vocabularySize)
      if (unknown !== undefined) throw new NanoError('invalid-request', `${engine.name}: there is no token ${unknown}; the vocabulary has ${engine.vocabularySize}`)
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
  const { reasoning, toolCalls, callRule } = format
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

interface WithCalls {
  readonly parts: AsyncIterable<Part>
  /** Whether there was a call so far. */
  called(): boolean
}

/** Turns tool calls in the text into parts, where tools are offered; a reply that ends with a call finished to call. */
function withCalls(parts: AsyncIterable<Part>, format: ChatFormat, request: GenerateRequest): WithCalls {
  const { tools } = conversation(request, format)
  if (!format.toolCalls || tools.length === 0) return { parts, called: () => false }

  const taken = request.messages.flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : [])).map(({ id }) => id)
  const machine = format.toolCalls({ taken, tools })
  const carried = carry()
  let called = false
  const noting = function* (made: Iterable<Part>): Iterable<Part> {
    for (const part of made) {
      called ||= part.type === 'tool-call'
      yield carried.onto(part)
    }
  }

  async function* turned(): AsyncGenerator<Part> {
    for await (const part of parts) {
      if (part.type === 'text') {
        carried.push(part.logprobs)
        yield* noting(machine.push(part.text))
      } else if (part.type === 'finish') {
        yield* noting(machine.end(part.reason === 'length'))
        yield called && part.reason === 'stop' ? { ...part, reason: 'tool-calls' } : part
      } else yield part
    }
  }
  return { parts: turned(), called: () => called }
}
