import type { ChatFormat } from '@nano/chat'
import { chat, resolveFormat } from '@nano/chat/engine'
import { Model, type ModelInfo, NanoError } from '@nano/core'
import { type Driver, joinSignals, parseOptions } from '@nano/core/driver'
import { completions } from './completions/completions-engine.ts'
import { chatDriver } from './chat/chat-driver.ts'
import { endpoint, type Opened } from './pool/endpoint.ts'
import { keepsGrammars } from './completions/grammar-support.ts'
import { modelFormat } from './model-format.ts'
import { type HttpOptions, optionsSchema, type ParsedOptions, rootOf } from './options.ts'
import { pool } from './pool/pool.ts'
import type { Described, Listed, Profile } from './profiles/profile.ts'
import { choose, describe, recognise } from './identify-server.ts'
import { remoteTokens, type Tokens } from './tokens/remote-tokens.ts'
import { wire, type Wire } from './transport/wire.ts'

/**
 * Opens a model behind a running server, or behind several that serve it as one. Throws
 * `invalid-request` for options that do not hold, `unavailable` where nothing answers,
 * `unauthorized`, `not-found` for a server or a model that is not there, `unsupported` for a mode
 * the server does not have; `signal.reason` when opening is aborted.
 *
 * ```ts
 * const model = await openHttp({ url: 'http://localhost:8080' }) const { reasoning, text } = await
 * model.generate({ messages: 'What is 27 * 43?', reasoning: 'on' }) await model.close()
 * ```
 */
export async function openHttp(options: HttpOptions): Promise<Model> {
  const parsed = parseOptions('http', optionsSchema, options)
  const signal = parsed.signal ?? new AbortController().signal
  const { url, endpoints } = parsed
  return new Model(
    endpoints
      ? await openPool(parsed, endpoints, signal)
      : (await openOne({ ...parsed, url: url ?? '' }, signal)).driver,
  )
}

async function openOne(
  options: ParsedOptions & { readonly url: string },
  signal: AbortSignal,
): Promise<Opened> {
  const asked = options.format === undefined ? undefined : resolveFormat(options.format, 'http')
  const url = rootOf(options.url)
  const { apiKey, headers, fetch } = options
  const probe = wire({ who: 'http', url, apiKey, headers, fetch })

  const profile = await recognise(probe, options.server, signal)
  const listed = await choose(probe, { profile, model: options.model, signal })
  const described = await describe(probe, { profile, model: listed.id, signal })
  const name = described.name ?? listed.id.split('/').at(-1) ?? listed.id
  const found = {
    wire: wire({ who: `http(${name})`, url, apiKey, headers, fetch }),
    profile,
    listed,
    described,
    options,
  }
  const tokens = await tokensOf(found, name)
  const format = asked ?? (await modelFormat(described, { name, tokens, signal }))
  return {
    driver: await driver({ ...found, format, tokens, info: infoOf(found, name) }, signal),
    alive: (signal) => probe.ping(profile.health ?? profile.models.path, signal),
  }
}

/** Milliseconds between two questions whether a server lives. */
const pulse = 500

/**
 * Whoever can be reached is opened now, and the others when they answer. All are to be the same
 * model.
 */
async function openPool(
  options: ParsedOptions,
  places: NonNullable<ParsedOptions['endpoints']>,
  signal: AbortSignal,
): Promise<Driver> {
  const opening = places.map(({ url, model = options.model, apiKey = options.apiKey }) => ({
    url,
    open: (signal: AbortSignal) => openOne({ ...options, url, model, apiKey }, signal),
  }))
  const outcomes = await Promise.allSettled(
    opening.map(({ url, open }) => within(options.patience, { url, signal, open })),
  )
  signal.throwIfAborted()

  const [like] = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value.driver] : [],
  )
  const faults = outcomes.flatMap((outcome): unknown[] =>
    outcome.status === 'rejected' ? [outcome.reason] : [],
  )
  // One that is away may come back; one that refuses will refuse again.
  const lasting = faults.find((fault) => !NanoError.is(fault) || fault.code !== 'unavailable')
  if (lasting !== undefined) throw lasting
  if (!like) throw faults[0]

  const endpoints = opening.map(({ url, open }, index) => {
    const outcome = outcomes[index]
    const opened = outcome?.status === 'fulfilled' ? outcome.value : undefined
    if (opened) assertAlike(opened, like)
    return endpoint({
      url,
      opened,
      patience: options.patience,
      every: pulse,
      open: async (signal) => assertAlike(await open(signal), like),
    })
  })
  return pool(endpoints, like)
}

interface Opening {
  readonly url: string
  readonly signal: AbortSignal
  open(signal: AbortSignal): Promise<Opened>
}

/** One that accepts connections and says nothing is away. */
async function within(patience: number, { url, signal, open }: Opening): Promise<Opened> {
  const late = new AbortController()
  const timer = setTimeout(
    () =>
      late.abort(
        new NanoError(
          'unavailable',
          `http: ${new URL(url).host} has not said what it is within ${patience} ms`,
          { retryable: true },
        ),
      ),
    patience,
  )
  const joined = joinSignals(signal, late.signal)
  try {
    return await open(joined.signal)
  } finally {
    clearTimeout(timer)
    joined.release()
  }
}

function assertAlike(opened: Opened, like: Driver): Opened {
  const [one, other] = [opened.driver, like].map(({ capabilities, info: { model, format } }) =>
    JSON.stringify({ model, format, capabilities }),
  )
  if (one === other) return opened
  if (opened.driver.info.model === like.info.model)
    throw new NanoError(
      'invalid-request',
      `http: the endpoints are to serve one model the same way, and of ${like.info.model} ${opened.driver.info.device} can do other things than ${like.info.device}: ${one}, not ${other}. Start them alike, or give what they do not say as an option`,
    )
  throw new NanoError(
    'invalid-request',
    `http: the endpoints are to serve one model the same way, and ${opened.driver.info.device} has ${opened.driver.info.model}, ${like.info.device} has ${like.info.model}. For different models there is fallback()`,
  )
}

interface Found {
  readonly wire: Wire
  readonly profile: Profile
  readonly listed: Listed
  readonly described: Described
  readonly options: ParsedOptions
}

function infoOf(
  { profile, wire: { host }, listed, described, options }: Found,
  name: string,
): ModelInfo {
  const contextLength = options.contextLength ?? described.contextLength ?? listed.contextLength
  return {
    model: name,
    device: `${profile.name} at ${host}`,
    ...(contextLength !== undefined && { contextLength }),
    ...(described.quantisation !== undefined && { quantization: described.quantisation }),
    ...(described.parameters !== undefined && { parameters: described.parameters }),
  }
}

/** The local ones first: they cost no question. Their library is loaded only for them. */
async function tokensOf(
  { wire, profile: { tokens: dialect }, described: { vocabularySize, beginning }, options }: Found,
  name: string,
): Promise<Tokens | undefined> {
  if (options.tokenizer)
    return (await import('./tokens/local-tokens.ts')).localTokens(options.tokenizer, name)
  return dialect && vocabularySize !== undefined
    ? remoteTokens({ wire, dialect, vocabularySize, beginning })
    : undefined
}

interface Speaking extends Found {
  readonly format: ChatFormat | undefined
  readonly tokens: Tokens | undefined
  readonly info: ModelInfo
}

/**
 * Completions where they can be had, unless chat is asked for: only there is the prompt ours, and
 * user text apart from control tokens.
 */
async function driver(found: Speaking, signal: AbortSignal): Promise<Driver> {
  const { wire, profile, listed, described, format, options, info, tokens } = found
  const { contextLength } = info
  const dialect = takesTokens(found) ? profile.completions : undefined
  if (options.mode !== 'chat' && dialect && format && tokens && contextLength !== undefined) {
    const engine = completions({
      wire,
      model: listed.id,
      info: { ...info, contextLength },
      dialect,
      tokens,
    })
    const grammar = dialect.grammar === 'yes' || (await keepsGrammars(engine, format, signal))
    return chat({ ...engine, grammar }, format)
  }
  if (options.mode !== 'completions')
    return chatDriver({
      wire,
      model: listed.id,
      info,
      dialect: profile.chat,
      format,
      tokens,
      ownSwitch: profile.chat.ownSwitch && described.thinks === true,
      allowControlTokens: options.allowControlTokens,
    })

  const missing = [
    ...(dialect
      ? []
      : [
          profile.completions
            ? `this ${profile.name} does not say that it gives token ids; a newer version may`
            : `${profile.name} takes no token ids`,
        ]),
    ...(format ? [] : ['the format of the model is not known: name it with the option format']),
    ...(tokens
      ? []
      : ['its tokens are not known: give its tokenizer.json with the option tokenizer']),
    ...(contextLength === undefined
      ? ['its context length is not known: give it with the option contextLength']
      : []),
  ]
  throw new NanoError(
    'unsupported',
    `${wire.who}: the mode completions was asked for, and ${missing.join('; ')}`,
  )
}

/** What it does not say is taken to be so of servers that have done it for long. */
function takesTokens({ profile: { completions }, described: { tokenIds } }: Found): boolean {
  return completions !== undefined && (tokenIds ?? !completions.onlyIfTold)
}
