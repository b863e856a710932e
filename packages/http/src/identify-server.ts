import { NanoError } from '@nano/core'
import { profiles } from './profiles/index.ts'
import type { ListedModel, Profile, ServedModel } from './profiles/profile.ts'
import type { ServerName } from './server-names.ts'
import type { HttpClient } from './transport/http-client.ts'

/** Returns the profile that `server` names, or the first one that the server's responses fit. */
export async function identifyServer(
  client: HttpClient,
  server: ServerName | 'auto',
  signal: AbortSignal,
): Promise<Profile> {
  const namedProfile = profiles.find(({ name }) => name === server)
  if (namedProfile) return namedProfile

  // One request after another: a server may have only as many threads as slots, and each connection
  // that stays open holds one.
  const outcomes = new Map<string, Outcome>()
  for (const profile of profiles) {
    const { path, read } = profile.identify
    const outcome = outcomes.get(path) ?? (await settleRequest(client.get(path, signal)))
    signal.throwIfAborted()
    outcomes.set(path, outcome)
    if ('response' in outcome && read(outcome.response)) return profile
    // An unavailable server would answer no other request either.
    if ('error' in outcome && hasCode(outcome.error, 'unavailable')) throw outcome.error
  }

  // A server that needs a key answers some requests with 401, and others with 404.
  for (const outcome of outcomes.values())
    if ('error' in outcome && hasCode(outcome.error, 'unauthorized')) throw outcome.error
  throw new NanoError(
    'not-found',
    `${client.label}: ${client.host} is none of the known servers. ` +
      `Name its kind with the option server: ${profiles.map(({ name }) => name).join(', ')}`,
  )
}

interface ModelChoice {
  readonly profile: Profile
  /** Absent, the only model of the server. */
  readonly model: string | undefined
  readonly signal: AbortSignal
}

/** Returns the model that the options name, or the only one that the server has. */
export async function chooseModel(
  client: HttpClient,
  { profile, model, signal }: ModelChoice,
): Promise<ListedModel> {
  const outcome = await settleRequest(client.get(profile.models.path, signal))
  signal.throwIfAborted()
  if ('error' in outcome && isTransient(outcome.error)) throw outcome.error
  const listed = 'response' in outcome ? profile.models.read(outcome.response) : undefined
  const ids = listed?.map(({ id }) => id) ?? []

  if (model !== undefined) {
    const chosen = listed?.find(({ id }) => id === model)
    if (listed && !chosen && profile.listsEveryModel)
      throw new NanoError(
        'not-found',
        `${client.label}: ${client.host} has no model ${JSON.stringify(model)} ` +
          `and would answer with another one; it has ${ids.join(', ')}`,
      )
    // A server may serve adapters and aliases that it does not list.
    return chosen ?? { id: model }
  }
  if ('error' in outcome) throw outcome.error
  if (!listed)
    throw new NanoError(
      'bad-output',
      `${client.label}: ${client.host} lists its models in an unknown form. ` +
        'Name one with the option model',
    )
  const [first, ...others] = listed
  if (first && others.length === 0) return first
  const modelList = first ? `${listed.length} models: ${ids.join(', ')}` : 'no model loaded'
  throw new NanoError(
    'invalid-request',
    `${client.label}: ${client.host} has ${modelList}. Name one with the option model`,
  )
}

/** Asks the server about the model; a probe that fails for good says nothing. */
export async function describeModel(
  client: HttpClient,
  {
    profile,
    model,
    signal,
  }: { readonly profile: Profile; readonly model: string; readonly signal: AbortSignal },
): Promise<ServedModel> {
  let served: ServedModel = {}
  for (const { path, body, read } of profile.describe ?? []) {
    const request = body ? client.post(path, body(model), signal) : client.get(path, signal)
    const outcome = await settleRequest(request)
    signal.throwIfAborted()
    if ('error' in outcome && isTransient(outcome.error)) throw outcome.error
    if ('response' in outcome) served = { ...served, ...read(outcome.response, model) }
  }
  return served
}

/** The request may succeed at another time, or with a key. */
function isTransient(error: unknown): boolean {
  return hasCode(error, 'unavailable', 'rate-limited', 'unauthorized')
}

function hasCode(error: unknown, ...codes: readonly NanoError['code'][]): boolean {
  return NanoError.is(error) && codes.includes(error.code)
}

type Outcome = { readonly response: unknown } | { readonly error: unknown }

function settleRequest(request: Promise<unknown>): Promise<Outcome> {
  return request.then(
    (response) => ({ response }),
    (error: unknown) => ({ error }),
  )
}
