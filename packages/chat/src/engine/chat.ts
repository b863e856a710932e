import { type GenerateRequest, NanoError } from '@nano/core'
import { type Call, type Driver, type DriverCapabilities, stopAt } from '@nano/core/driver'
import type { ChatFormat } from '../format/chat-format.ts'
import { toConversation } from '../prompt/conversation.ts'
import { control, joinText, type Prompt, promptToText, text } from '../prompt/prompt.ts'
import { canConstrain, type ReplyConstrainer, replyConstrainer } from './constrain-reply.ts'
import type { Engine } from './engine.ts'
import { generateReply } from './generate-reply.ts'
import { plainText } from './plain-text.ts'

/**
 * Makes a driver of an engine: renders prompts, splits replies into parts, stops at stop strings.
 * An adapter for a local runtime needs nothing else. Without a format, the driver completes texts
 * and claims no chat.
 */
export function chat(engine: Engine, chatFormat?: ChatFormat): Driver {
  const constrainers = {
    chat: replyConstrainer(chatFormat ?? plainText),
    completion: replyConstrainer(plainText),
  }
  const findFormat = ({ prompt }: GenerateRequest) =>
    prompt === undefined && chatFormat ? chatFormat : plainText

  function render(request: GenerateRequest): Prompt {
    if (request.prompt !== undefined) return withBosToken([text(request.prompt)], engine)
    const format = findFormat(request)
    const usesTools = request.messages.some(
      (message) =>
        message.role === 'tool' || (message.role === 'assistant' && message.toolCalls?.length),
    )
    if (usesTools && !format.splitToolCalls)
      throw new NanoError(
        'unsupported',
        `${engine.name}: the format ${format.name} cannot write tool calls or their results`,
      )
    const dropsSystem =
      format.dropsSystem === 'always' ||
      (format.dropsSystem === 'with-tools' && Boolean(request.tools?.length))
    if (dropsSystem && request.messages[0]?.role === 'system')
      throw new NanoError(
        'unsupported',
        `${engine.name}: the ${format.name} leaves system messages out. ` +
          'Put what it says into the first question, or open the model with another format.',
      )
    return withBosToken(joinText(format.render(toConversation(request))), engine)
  }

  async function tokenizePrompt(prompt: Prompt, { signal }: Call): Promise<readonly number[]> {
    const tokens = await engine.tokenize(prompt, signal)
    const { contextLength } = engine.info
    if (tokens.length < contextLength) return tokens
    throw new NanoError(
      'context-overflow',
      `${engine.name}: the prompt has ${tokens.length} tokens, and the context of prompt and ` +
        `reply has ${contextLength}. ` +
        'Shorten the conversation, or open the model with a longer context.',
    )
  }

  return {
    name: engine.name,
    capabilities: findCapabilities(engine, chatFormat),
    info: { ...engine.info, ...(chatFormat && { format: chatFormat.name }) },

    stream(request, call) {
      const format = findFormat(request)
      const prompt = render(request)
      const { parts, finish } = generateReply({
        engine,
        format,
        request,
        call,
        tokenizePrompt: () => tokenizePrompt(prompt, call),
        findConstraint: constraintFinder(
          request,
          engine,
          constrainers[request.prompt === undefined ? 'chat' : 'completion'],
        ),
      })
      return request.stop?.length ? stopAt(parts, request.stop, () => finish('stop')) : parts
    },

    tokenize: (text) => engine.tokenize([{ text }]),
    async detokenize(tokens) {
      const unknown = tokens.find((token) => token >= engine.vocabularySize)
      if (unknown !== undefined)
        throw new NanoError(
          'invalid-request',
          `${engine.name}: there is no token ${unknown}; ` +
            `the vocabulary has ${engine.vocabularySize} tokens`,
        )
      return engine.detokenize(tokens)
    },
    countTokens: async (request) => (await engine.tokenize(render(request))).length,
    async render(request) {
      const prompt = render(request)
      return { text: promptToText(prompt), tokens: await engine.tokenize(prompt) }
    },
    close: () => engine.close(),
  }
}

function findCapabilities(engine: Engine, chatFormat: ChatFormat | undefined): DriverCapabilities {
  const { reasoning, splitToolCalls, callRule } = chatFormat ?? plainText
  const reasoningMode = reasoning?.canTurnOff ? 'optional' : 'always'
  const schema = engine.grammar === true && canConstrain(chatFormat ?? plainText, engine)
  const toolMode = callRule && schema ? 'forced' : 'offered'
  return {
    chat: chatFormat !== undefined,
    completion: true,
    reasoning: reasoning ? reasoningMode : 'never',
    reasoningBudget: reasoning !== undefined,
    sampling: engine.sampling,
    logprobs: engine.logprobs === true,
    tools: splitToolCalls ? toolMode : 'never',
    schema,
    loras: engine.loras ?? [],
    continuation: chatFormat !== undefined,
    controlTokensApart: true,
  }
}

/** The prompt with the token that the engine's tokenizer starts it with, once. */
function withBosToken(prompt: Prompt, { bosToken }: Engine): Prompt {
  const [first] = prompt
  const isWritten = first && 'control' in first && first.control === bosToken
  return isWritten || !bosToken ? prompt : [control(bosToken), ...prompt]
}

/** Finds what the reply is held to, where the request asks for that. */
function constraintFinder(
  request: GenerateRequest,
  engine: Engine,
  constrainer: ReplyConstrainer,
): (() => ReturnType<ReplyConstrainer>) | undefined {
  const { schema, toolChoice, logprobs } = request
  const demandsCall = toolChoice === 'required' || typeof toolChoice === 'object'
  if (schema === undefined && !demandsCall) return undefined
  if (logprobs !== undefined)
    throw new NanoError(
      'unsupported',
      `${engine.name} does not support log-probabilities of a reply that is held to a schema ` +
        'or a tool call; ask for one of them',
    )
  return () => constrainer(request)
}
