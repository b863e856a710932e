import { type GenerateRequest, NanoError } from '@nano/core'
import {
  type Call,
  type Driver,
  type DriverCapabilities,
  findDemandedTools,
  honoredAdvice,
  stopAt,
} from '@nano/core/driver'
import type { ChatFormat } from '../format/chat-format.ts'
import { toConversation } from '../prompt/conversation.ts'
import { type Prompt, promptToText, type Segment } from '../prompt/prompt.ts'
import { canConstrain, type ReplyConstrainer, replyConstrainer } from './constrain-reply.ts'
import type { Engine } from './engine.ts'
import { generateReply } from './generate-reply.ts'
import { plainTextFormat } from './plain-text-format.ts'

/**
 * Makes a driver of an engine: renders prompts, splits replies into parts, stops at stop strings.
 * An adapter for a local runtime needs nothing else. Without a format, the driver completes texts
 * and claims no chat.
 */
export function chat(engine: Engine, chatFormat?: ChatFormat): Driver {
  const constrainers = {
    chat: replyConstrainer(chatFormat ?? plainTextFormat, engine.name),
    completion: replyConstrainer(plainTextFormat, engine.name),
  }
  const findFormat = ({ prompt }: GenerateRequest) =>
    prompt === undefined && chatFormat ? chatFormat : plainTextFormat

  const { advice } = chatFormat ?? plainTextFormat
  const honored = { on: honoredAdvice(engine, advice.on), off: honoredAdvice(engine, advice.off) }

  function render(request: GenerateRequest): Prompt {
    if (request.prompt !== undefined) return withBosToken([{ text: request.prompt }], engine)
    const format = findFormat(request)
    assertWritable(engine.name, request, format)
    const prompt = format.render(toConversation(request))
    assertToolsWritten({ name: engine.name, format }, request, prompt)
    return withBosToken(joinText(prompt), engine)
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
        advice: format === chatFormat ? honored : plainTextFormat.advice,
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
  const { reasoning, splitToolCalls, callRule } = chatFormat ?? plainTextFormat
  const reasoningMode = reasoning?.canTurnOff ? 'optional' : 'always'
  const schema = engine.grammar === true && canConstrain(chatFormat ?? plainTextFormat, engine)
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

/**
 * Throws `unsupported` where the format leaves out a part of the conversation that the model needs:
 * nobody would notice. `name` is the engine's.
 */
function assertWritable(
  name: string,
  { messages, tools }: GenerateRequest,
  format: ChatFormat,
): void {
  const callCounts = messages.map((message) =>
    message.role === 'assistant' ? (message.toolCalls ?? []).length : 0,
  )
  const usesTools =
    callCounts.some((count) => count > 0) || messages.some(({ role }) => role === 'tool')
  if (usesTools && !format.splitToolCalls)
    throw new NanoError(
      'unsupported',
      `${name}: ${describeFormat(format)} cannot write tool calls or their results`,
    )
  const manyCallsAt = callCounts.findIndex((count) => count > 1)
  if (manyCallsAt >= 0 && format.dropsLaterCalls)
    throw new NanoError(
      'unsupported',
      `${name}: ${describeFormat(format)} writes only the first call of a reply, and ` +
        `messages[${manyCallsAt}] has ${callCounts[manyCallsAt]}. Give each call a reply of its ` +
        'own, followed by its result.',
    )
  const dropsSystem =
    format.dropsSystem === 'always' || (format.dropsSystem === 'with-tools' && tools?.length)
  if (dropsSystem && messages[0]?.role === 'system')
    throw new NanoError(
      'unsupported',
      `${name}: ${describeFormat(format)} leaves system messages out. ` +
        'Put what they say into the first question, or open the model with another format.',
    )
}

/**
 * Throws `unsupported` where a prompt lacks a tool. Some templates write tools only in certain
 * conversations, such as those without a system message.
 */
function assertToolsWritten(
  { name, format }: { readonly name: string; readonly format: ChatFormat },
  request: GenerateRequest,
  prompt: Prompt,
): void {
  const { tools } = toConversation(request)
  if (tools.length === 0) return
  const promptText = promptToText(prompt)
  // A template may escape other characters.
  const missing = tools.find(
    (tool) => /^[\w.-]+$/.test(tool.name) && !promptText.includes(tool.name),
  )
  if (!missing) return
  const advice =
    request.messages[0]?.role === 'system'
      ? 'Put what the system message says into the first question'
      : 'Change the conversation'
  throw new NanoError(
    'unsupported',
    `${name}: ${describeFormat(format)} leaves the tool ${missing.name} out of this ` +
      `conversation. ${advice}, or open the model with another format.`,
  )
}

/** A format as messages name it. The name of a model's template begins with `template`. */
function describeFormat({ name }: ChatFormat): string {
  return /^template\b/.test(name) ? `the chat ${name}` : `the format ${name}`
}

/** The prompt with adjacent texts joined and empty ones dropped. */
function joinText(prompt: Prompt): Prompt {
  const joinedSegments: Segment[] = []
  for (const segment of prompt) {
    const last = joinedSegments.at(-1)
    if ('control' in segment) joinedSegments.push(segment)
    else if (last && 'text' in last)
      joinedSegments[joinedSegments.length - 1] = { text: last.text + segment.text }
    else if (segment.text) joinedSegments.push(segment)
  }
  return joinedSegments
}

/** The prompt with the token that the engine's tokenizer starts it with, once. */
function withBosToken(prompt: Prompt, { bosToken }: Engine): Prompt {
  const [first] = prompt
  const isWritten = first && 'control' in first && first.control === bosToken
  return isWritten || !bosToken ? prompt : [{ control: bosToken }, ...prompt]
}

/** Finds the constraint on the reply, where the request asks for one. */
function constraintFinder(
  request: GenerateRequest,
  engine: Engine,
  constrainer: ReplyConstrainer,
): (() => ReturnType<ReplyConstrainer>) | undefined {
  const { schema, logprobs } = request
  if (schema === undefined && findDemandedTools(request).length === 0) return undefined
  if (logprobs !== undefined)
    throw new NanoError(
      'unsupported',
      `${engine.name} does not support log-probabilities together with a schema or a demanded ` +
        'tool call; ask for one of them',
    )
  return () => constrainer(request)
}
