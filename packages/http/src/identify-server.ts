import { NanoError } from '@nano/core'
import { findNearestName } from './nearest-name.ts'
import { profiles } from './profiles/index.ts'
import { modelList } from './profiles/model-list.ts'
import { openAiCompatible } from './profiles/openai-compatible.ts'
import type { ChosenModel, Probe, Profile, ServedModel } from './profiles/profile.ts'
import type { ServerName } from './server-names.ts'
import type { HttpClient } from './transport/http-client.ts'
import { findAnsweredStatus } from './transport/server-error.ts'

/** The profile of a server, or the paths that were tried in vain and what came of each. */
export type Identification = IdentifiedServer | { readonly attempts: readonly string[] }

interface IdentifiedServer {
  readonly profile: Profile
  /** What its list of models was answered with, where it was asked for. */
  readonly listing?: RequestOutcome | undefined
}

/**
 * Finds the first profile that the server's responses fit. A profile that the options name is taken
 * where the server has its list of models.
 */
export async function identifyServer(
  client: HttpClient,
  server: ServerName | 'auto',
  signal: AbortSignal,
): Promise<Identification> {
  const namedProfile = profiles.find(({ name }) => name === server)
  const probes: readonly ProfileProbe[] = namedProfile
    ? [{ profile: namedProfile, path: namedProfile.models.path, read: () => true as const }]
    : profiles.map((profile) => ({ profile, ...profile.identify }))
  const outcomes = new Map<string, RequestOutcome>()

  // One request after another: a server may have only as many threads as slots, and each connection
  // that stays open holds one.
  async function findProfile(candidates: readonly ProfileProbe[]): Promise<Profile | undefined> {
    for (const { profile, path, read } of candidates) {
      const outcome = outcomes.get(path) ?? (await settleRequest(client.get(path, signal)))
      signal.throwIfAborted()
      outcomes.set(path, outcome)
      if ('response' in outcome && read(outcome.response)) return profile
      // A server that is unavailable or busy would answer no other request either.
      if (isUnavailable(outcome) && !isUnknownPath(outcome)) throw outcome.error
    }
    return undefined
  }

  /** Repeats what failed once: a failure of the moment looks like an unknown path. */
  async function repeatFailedProbes(): Promise<Profile | undefined> {
    const failedProbes = probes.filter(({ path }) => hasFailed(outcomes.get(path)))
    for (const { path } of failedProbes) outcomes.delete(path)
    return findProfile(failedProbes)
  }

  let profile = await findProfile(probes)
  // Any server with a list of models fits this profile, also one that has a profile of its own.
  if (profile === openAiCompatible) profile = (await repeatFailedProbes()) ?? profile
  if (profile) return { profile, listing: outcomes.get(profile.models.path) }
  const listing = outcomes.get(modelList.path)
  if (listing && isUnavailable(listing)) throw listing.error

  // A server that needs a key answers some requests with 401, and others with 404.
  for (const outcome of outcomes.values())
    if ('error' in outcome && hasCode(outcome.error, 'unauthorized')) throw outcome.error
  return {
    attempts: [...outcomes].map(
      ([path, outcome]) => `${client.url(path)} ${describeOutcome(outcome)}`,
    ),
  }
}

interface ProfileProbe extends Probe<true> {
  readonly profile: Profile
}

function hasFailed(outcome: RequestOutcome | undefined): boolean {
  return outcome !== undefined && isUnavailable(outcome)
}

function isUnavailable(outcome: RequestOutcome): outcome is { readonly error: unknown } {
  return 'error' in outcome && hasCode(outcome.error, 'unavailable', 'rate-limited')
}

/**
 * LM Studio answers 200 with an error to a path that it does not have, and some gateways 500. So
 * does vLLM where it fails to describe itself.
 */
function isUnknownPath({ error }: { readonly error: unknown }): boolean {
  const isAnswer = NanoError.is(error) && error.cause === undefined && !error.retryAfter
  const status = findAnsweredStatus(error) ?? 500
  return isAnswer && error.code === 'unavailable' && status === 500
}

/** The error of a server that no profile fits. */
export function unknownServerError(host: string, attempts: readonly string[]): NanoError {
  return new NanoError(
    'not-found',
    `http: ${host} is none of the known servers: ${[...new Set(attempts)].join(', ')}. ` +
      'Check the address, or name the kind of server with the option server: ' +
      profiles.map(({ name }) => name).join(', '),
  )
}

function describeOutcome(outcome: RequestOutcome): string {
  if ('response' in outcome) return 'has another form'
  const status = findAnsweredStatus(outcome.error)
  if (status !== undefined) return `answered ${status}`
  return hasCode(outcome.error, 'bad-output') ? 'is no JSON' : 'reports an error'
}

interface ModelChoice {
  readonly profile: Profile
  /** Absent, the only model of the server. */
  readonly model: string | undefined
  /** What the list was answered with, where it was asked for before. */
  readonly listing?: RequestOutcome | undefined
  readonly onWarning: (message: string) => void
  readonly signal: AbortSignal
}

/** Returns the model that the options name, or the only one that the server has. */
export async function chooseModel(
  client: HttpClient,
  { profile, model, listing, onWarning, signal }: ModelChoice,
): Promise<ChosenModel> {
  const outcome = listing ?? (await settleRequest(client.get(profile.models.path, signal)))
  signal.throwIfAborted()
  if ('error' in outcome && isTransient(outcome.error)) throw outcome.error
  const listedModels = 'response' in outcome ? profile.models.read(outcome.response) : undefined
  const ids = listedModels?.map(({ id }) => id) ?? []
  const isOneOfSeveral = ids.length > 1

  if (model !== undefined) {
    const chosenModel = listedModels?.find(
      ({ id, aliases }) => id === model || id === `${model}:latest` || aliases?.includes(model),
    )
    if (chosenModel || !listedModels) return { ...(chosenModel ?? { id: model }), isOneOfSeveral }
    const nearestName = findNearestName(model, ids)
    const advice = nearestName === undefined ? '' : `. Did you mean ${JSON.stringify(nearestName)}?`
    const fault =
      `${client.label}: ${client.host} has no model ${JSON.stringify(model)}; ` +
      `it has ${ids.join(', ') || 'none'}${advice}`
    if (profile.listsEveryModel) throw new NanoError('not-found', fault)
    // A server may serve adapters and aliases that it does not list.
    onWarning(fault)
    return { id: model, isOneOfSeveral: true }
  }
  if ('error' in outcome) throw outcome.error
  if (!listedModels)
    throw new NanoError(
      'bad-output',
      `${client.label}: ${client.host} lists its models in an unknown form. ` +
        'Name one with the option model',
    )
  const [firstModel, ...otherModels] = listedModels
  if (!firstModel)
    throw new NanoError(
      'unavailable',
      `${client.label}: ${client.host} has no model loaded. Load one, or name one with the ` +
        'option model',
      { retryable: true },
    )
  if (otherModels.length === 0) return { ...firstModel, isOneOfSeveral }
  throw new NanoError(
    'invalid-request',
    `${client.label}: ${client.host} has ${listedModels.length} models: ${ids.join(', ')}. ` +
      'Name one with the option model',
  )
}

/**
 * Asks the server about the model. A probe whose path the server does not have says nothing; one
 * that fails with 500 is reported to `onWarning` too, because it may say something another time.
 */
export async function describeModel(
  client: HttpClient,
  { profile, model, onWarning, signal }: Omit<ModelChoice, 'listing'> & { readonly model: string },
): Promise<ServedModel> {
  let servedModel: ServedModel = {}
  const failedPaths = new Set<string>()
  for (const probe of profile.describe ?? []) {
    const { path: probePath, namesModel, unlessKnown, body, read } = probe
    if (unlessKnown && servedModel[unlessKnown] !== undefined) continue
    const path = namesModel ? `${probePath}?model=${encodeURIComponent(model)}` : probePath
    const request = body ? client.post(path, body(model), signal) : client.get(path, signal)
    const outcome = await settleRequest(request)
    signal.throwIfAborted()
    if ('error' in outcome && isTransient(outcome.error)) {
      if (!isUnknownPath(outcome)) throw outcome.error
      if (!probe.mayBeRefused && !failedPaths.has(path))
        onWarning(
          `${client.label}: ${client.url(path)} ${describeOutcome(outcome)}, ` +
            'so what it says of the model stays unknown',
        )
      failedPaths.add(path)
    }
    if ('response' in outcome) servedModel = { ...servedModel, ...read(outcome.response, model) }
  }
  return servedModel
}

/** The request may succeed at another time, or with a key. */
function isTransient(error: unknown): boolean {
  return hasCode(error, 'unavailable', 'rate-limited', 'unauthorized')
}

function hasCode(error: unknown, ...codes: readonly NanoError['code'][]): boolean {
  return NanoError.is(error) && codes.includes(error.code)
}

/** What a request to a server came to: its response, or the error it failed with. */
export type RequestOutcome = { readonly response: unknown } | { readonly error: unknown }

function settleRequest(request: Promise<unknown>): Promise<RequestOutcome> {
  return request.then(
    (response) => ({ response }),
    (error: unknown) => ({ error }),
  )
}
