import { NanoError } from '@nano/core'
import type { Described, Listed, Profile, ServerName } from './profiles/profile.ts'
import { profiles } from './profiles/index.ts'
import type { Wire } from './transport/wire.ts'

/** The profile of a server: the one asked for, or the first whose sign the server gives. */
export async function recognise(
  wire: Wire,
  asked: ServerName | 'auto',
  signal: AbortSignal,
): Promise<Profile> {
  const named = profiles.find(({ name }) => name === asked)
  if (named) return named

  // One after another: a server may have no more threads than slots, and each connection that stays
  // open holds one.
  const answers = new Map<string, Outcome>()
  for (const profile of profiles) {
    const { path, read } = profile.sign
    const said = answers.get(path) ?? (await outcome(wire.get(path, signal)))
    signal.throwIfAborted()
    answers.set(path, said)
    if ('answer' in said && read(said.answer)) return profile
    // Nothing else would be answered either.
    if ('error' in said && NanoError.is(said.error) && said.error.code === 'unavailable')
      throw said.error
  }

  // A server that wants a key says so to some questions, and answers others with 404.
  const locked = [...answers.values()].find(
    (said) => 'error' in said && NanoError.is(said.error) && said.error.code === 'unauthorized',
  )
  if (locked && 'error' in locked) throw locked.error
  throw new NanoError(
    'not-found',
    `${wire.who}: ${wire.host} answers, and lists no models in a form we know. Name its kind with the option server: ${profiles.map(({ name }) => name).join(', ')}`,
  )
}

/** The model asked for, or the only one there is. */
export async function choose(
  wire: Wire,
  {
    profile,
    model,
    signal,
  }: {
    readonly profile: Profile
    readonly model: string | undefined
    readonly signal: AbortSignal
  },
): Promise<Listed> {
  const said = await outcome(wire.get(profile.models.path, signal))
  signal.throwIfAborted()
  if ('error' in said && passing(said.error)) throw said.error
  const listed = 'answer' in said ? profile.models.read(said.answer) : undefined
  const found = listed?.find(({ id }) => id === model)
  if (found) return found
  if (model !== undefined && listed && profile.listsAll)
    throw new NanoError(
      'not-found',
      `${wire.who}: ${wire.host} has no model ${JSON.stringify(model)}, and would answer with another; it has ${listed.map(({ id }) => id).join(', ')}`,
    )
  // Adapters and aliases may be served without being listed.
  if (model !== undefined) return { id: model }
  if (!listed)
    throw 'error' in said
      ? said.error
      : new NanoError(
          'bad-output',
          `${wire.who}: ${wire.host} lists its models in a form we do not know. Name one with the option model`,
        )
  const [only, ...others] = listed
  if (only && others.length === 0) return only
  throw new NanoError(
    'invalid-request',
    `${wire.who}: ${wire.host} has ${listed.length === 0 ? 'no model loaded' : `${listed.length} models: ${listed.map(({ id }) => id).join(', ')}`}. Name one with the option model`,
  )
}

/** What the server says of the model; a question it has no answer to tells nothing. */
export async function describe(
  wire: Wire,
  {
    profile,
    model,
    signal,
  }: { readonly profile: Profile; readonly model: string; readonly signal: AbortSignal },
): Promise<Described> {
  const described: Described[] = []
  for (const { path, body, read } of profile.describe ?? []) {
    const told = await outcome(body ? wire.post(path, body(model), signal) : wire.get(path, signal))
    signal.throwIfAborted()
    if ('error' in told && passing(told.error)) throw told.error
    if ('answer' in told) described.push(read(told.answer, model) ?? {})
  }
  return Object.assign({}, ...described) as Described
}

/** It might have told, another time or someone else. */
function passing(error: unknown): boolean {
  return (
    NanoError.is(error) &&
    (error.code === 'unavailable' || error.code === 'rate-limited' || error.code === 'unauthorized')
  )
}

type Outcome = { readonly answer: unknown } | { readonly error: unknown }

function outcome(work: Promise<unknown>): Promise<Outcome> {
  return work.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  )
}
