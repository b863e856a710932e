import type { ChatFormat } from '@nano/chat'
import { chat, resolveFormat } from '@nano/chat/engine'
import { type ModelInfo, NanoError } from '@nano/core'
import type { Driver } from '@nano/core/driver'
import { chatDriver } from './chat/chat-driver.ts'
import { completionsEngine } from './completions/completions-engine.ts'
import { supportsGrammar } from './completions/grammar-support.ts'
import {
  chooseModel,
  describeModel,
  identifyServer,
  type RequestOutcome,
  unknownServerError,
} from './identify-server.ts'
import { findModelFormat } from './model-format.ts'
import { listFamilyNames, nameInPath } from './model-names.ts'
import type { ParsedOptions } from './options.ts'
import type { OpenedServer } from './pool/endpoint.ts'
import { profiles } from './profiles/index.ts'
import type { ChosenModel, Profile, ServedModel } from './profiles/profile.ts'
import type { ModelTokenizer } from './tokenizer/model-tokenizer.ts'
import { serverTokenizer } from './tokenizer/server-tokenizer.ts'
import { type HttpClient, httpClient } from './transport/http-client.ts'
import { isChatAddress, type ServerAddress, serverAddresses } from './transport/server-address.ts'

export type ServerOptions = ParsedOptions & {
  readonly url: string
  /** `false` where another server can take a request whose reused socket breaks. */
  readonly mayResend?: boolean
  /** Called whenever the server sends something. */
  readonly onActivity?: () => void
}

/** Opens the model of one server: asks the server what it is and has, and chooses the mode. */
export async function openServer(
  options: ServerOptions,
  signal: AbortSignal,
): Promise<OpenedServer> {
  const requestedFormat =
    options.format === undefined ? undefined : resolveFormat(options.format, 'http')
  const { apiKey, headers, fetch, mayResend, onActivity } = options
  const { address, client: probeClient, profile, listing } = await findServer(options, signal)
  const listedModel = await chooseModel(probeClient, {
    profile,
    model: options.model,
    listing,
    onWarning: options.onWarning,
    signal,
  })
  const servedModel = await describeModel(probeClient, {
    profile,
    model: listedModel.id,
    onWarning: options.onWarning,
    signal,
  })
  const { id, root, base = '' } = listedModel
  const rootName = root === undefined ? undefined : nameInPath(root)
  const name = servedModel.name ?? rootName ?? nameInPath(id) ?? id
  const foundModel: FoundModel = {
    client: httpClient({
      label: `http(${name})`,
      address,
      apiKey,
      headers,
      fetch,
      mayResend,
      onActivity,
    }),
    name,
    profile,
    listedModel,
    servedModel,
    options,
  }
  const tokenizer = await findTokenizer(foundModel)
  const format =
    requestedFormat ??
    (await findModelFormat(servedModel, {
      name,
      familyNames: listFamilyNames([servedModel.name, rootName, id, nameInPath(base)]),
      tokenizer,
      now: options.now,
      signal,
    }))
  return {
    driver: await createDriver(
      { ...foundModel, format, tokenizer, info: describeInfo(foundModel) },
      signal,
    ),
    checkLiveness: (signal) => probeClient.ping(profile.healthPath ?? profile.models.path, signal),
  }
}

interface FoundServer {
  readonly address: ServerAddress
  readonly client: HttpClient
  readonly profile: Profile
  readonly listing?: RequestOutcome | undefined
}

/** Finds the server under each meaning of its address; the last of them says what was tried. */
async function findServer(
  { url, server, model, apiKey, headers, fetch, onActivity }: ServerOptions,
  signal: AbortSignal,
): Promise<FoundServer> {
  const places = serverAddresses(url).map((address) => ({
    address,
    client: httpClient({ label: 'http', address, apiKey, headers, fetch, onActivity }),
  }))
  const attempts: string[] = []
  for (const place of places) {
    const outcome = await identifyServer(place.client, server, signal)
    if ('profile' in outcome) return { ...place, ...outcome }
    attempts.push(...outcome.attempts)
  }
  const [first] = places
  // Who names a chat and its model needs no list of models.
  const isWholeAddress = model !== undefined && server === 'auto' && isChatAddress(url)
  const givenName = isWholeAddress ? 'openai-compatible' : server
  const profile = profiles.find(({ name }) => name === givenName)
  if (first && profile) return { ...first, profile }
  throw unknownServerError(new URL(url).host, attempts)
}

/** A model, and what its server says of it. */
interface FoundModel {
  readonly client: HttpClient
  readonly name: string
  readonly profile: Profile
  readonly listedModel: ChosenModel
  readonly servedModel: ServedModel
  readonly options: ParsedOptions
}

function describeInfo({
  client,
  name,
  profile,
  listedModel,
  servedModel,
  options,
}: FoundModel): ModelInfo {
  const contextLength =
    options.contextLength ?? servedModel.contextLength ?? listedModel.contextLength
  // Caches tell models apart by all of this: two models of one server may share the other facts.
  const distinction = listedModel.isOneOfSeveral ? `, model ${listedModel.id}` : ''
  return {
    model: name,
    device: `${profile.name} at ${client.host}${distinction}`,
    ...(contextLength !== undefined && { contextLength }),
    ...(servedModel.quantization !== undefined && { quantization: servedModel.quantization }),
    ...(servedModel.parameters !== undefined && { parameters: servedModel.parameters }),
  }
}

/** Prefers a `tokenizer.json`, which takes no requests. Its library is loaded only for one. */
async function findTokenizer({
  client,
  name,
  profile,
  listedModel,
  servedModel: { vocabularySize, prependedToken },
  options,
}: FoundModel): Promise<ModelTokenizer | undefined> {
  if (options.tokenizer) {
    const { localTokenizer } = await import('./tokenizer/local-tokenizer.ts')
    return localTokenizer(options.tokenizer, name)
  }
  return profile.tokenizer && vocabularySize !== undefined
    ? serverTokenizer({
        client,
        model: listedModel.id,
        dialect: profile.tokenizer,
        vocabularySize,
        prependedToken,
      })
    : undefined
}

/** A model with all that the modes need; each mode can do without some of it. */
interface ReadyModel extends FoundModel {
  readonly format: ChatFormat | undefined
  readonly tokenizer: ModelTokenizer | undefined
  readonly info: ModelInfo
}

/**
 * Prefers completions, unless the options choose chat: only there the prompt is rendered here, with
 * user text apart from control tokens. A model whose format is unknown is asked in chat, where the
 * server may have its template, unless the options choose completions: then it completes texts.
 */
async function createDriver(model: ReadyModel, signal: AbortSignal): Promise<Driver> {
  const { client, profile, listedModel, servedModel, format, tokenizer, options, info } = model
  const { contextLength } = info
  const dialect = takesTokenIds(model) ? profile.completions : undefined
  const prefersCompletions =
    options.mode === 'completions' || (options.mode !== 'chat' && format !== undefined)
  if (prefersCompletions && dialect && tokenizer && contextLength !== undefined) {
    const engine = completionsEngine({
      client,
      model: listedModel.id,
      info: { ...info, contextLength },
      dialect,
      tokenizer,
    })
    const grammar = dialect.grammar === 'always' || (await supportsGrammar(engine, format, signal))
    return chat({ ...engine, grammar }, format)
  }
  if (options.mode === 'completions')
    throw new NanoError(
      'unsupported',
      `${client.label} does not support mode: 'completions': ` +
        listMissingForCompletions(model, dialect !== undefined).join('; '),
    )
  return chatDriver({
    client,
    model: listedModel.id,
    info,
    dialect: profile.chat,
    format,
    tokenizer,
    servedModel,
    onWarning: options.onWarning,
    allowControlTokens: options.allowControlTokens,
  })
}

/** A server that says nothing of token ids takes them where all its versions do. */
function takesTokenIds({ profile: { completions }, servedModel: { returnsTokenIds } }: FoundModel) {
  return completions !== undefined && (returnsTokenIds ?? !completions.needsTokenIdsClaim)
}

function listMissingForCompletions(
  { profile, tokenizer, info: { contextLength } }: ReadyModel,
  hasDialect: boolean,
): readonly string[] {
  const withoutDialect = profile.completions
    ? `this version of ${profile.name} does not return token ids; update the server`
    : `${profile.name} takes no token ids`
  return [
    ...(hasDialect ? [] : [withoutDialect]),
    ...(tokenizer
      ? []
      : ['its tokens are unknown; pass its tokenizer.json as the option tokenizer']),
    ...(contextLength === undefined
      ? ['its context length is unknown; set it with the option contextLength']
      : []),
  ]
}
