import { TemplateFault, TemplateRefusal, typeError, valueError } from './errors.ts'
import { formatDate } from './formatting/strftime.ts'
import { bindArguments, integerArgument, textArgument } from './values/bind-arguments.ts'
import { toText } from './text/describe.ts'
import { dictOf } from './values/keys.ts'
import { lengthOfRange } from './values/range.ts'
import { collect } from './values/sequence.ts'
import { plainText, textLike } from './text/text.ts'
import { toEntries } from './values/to-entries.ts'
import {
  type Arguments,
  type Call,
  callable,
  isText,
  type RangeValue,
  type Run,
  type Value,
} from './values/value.ts'

/** The functions that every template can call, by their names. */
export const globals: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...Object.entries({
    range: createRange,
    namespace: createNamespace,
    cycler: createCycler,
    joiner: createJoiner,
    raise_exception: refuse,
    strftime_now: writeDate,
    lipsum: refuseChance,
  } satisfies Record<string, Call>).map(([name, call]) => [name, callable(name, call)] as const),
  [
    'dict',
    {
      type: 'instance',
      className: 'type',
      readAttribute: (name) =>
        name === 'fromkeys' ? callable('fromkeys', createDictOfKeys) : undefined,
      call: createDict,
    },
  ],
])

/** The longest range of Jinja's sandbox. */
const maxRange = 100_000

function createRange({ positional, named }: Arguments): Value {
  const bounds = bindArguments('range', { positional, named }, ['/start', '/stop?', '/step?'])
  const [first = 0n, second, step = 1n] = bounds.map((bound) =>
    bound === undefined ? undefined : BigInt(integerArgument(bound, 0)),
  )
  if (step === 0n) throw valueError('range() arg 3 must not be zero')
  const [start, stop] = second === undefined ? [0n, first] : [first, second]
  const range: RangeValue = { type: 'range', start, stop, step }
  if (lengthOfRange(range) > maxRange)
    throw new TemplateFault(
      'OverflowError',
      `Range too big. The sandbox blocks ranges larger than MAX_RANGE (${maxRange}).`,
    )
  return range
}

function createDict({ positional, named }: Arguments, run: Run): Value {
  const [source] = bindArguments('dict', { positional, named: new Map() }, ['/source?'])
  const entries = source === undefined ? [] : toEntries(source, run)
  const namedEntries = [...named].map(([name, value]) => [plainText(name), value] as const)
  return dictOf([...entries, ...namedEntries], run)
}

function createDictOfKeys(callArguments: Arguments, run: Run): Value {
  const [keys = null, value = null] = bindArguments('fromkeys', callArguments, [
    '/iterable',
    '/value?',
  ])
  const entries = collect(keys, run).map((key) => [key, value] as const)
  return dictOf(entries, run)
}

function createNamespace(callArguments: Arguments, run: Run): Value {
  const dict = createDict(callArguments, run)
  const attributes = new Map<string, Value>()
  for (const [key, value] of toEntries(dict, run)) {
    const name = toText(key, run).string
    if (name.startsWith('_'))
      throw new TemplateFault('SecurityError', `a namespace cannot hold '${name}'`)
    attributes.set(name, value)
  }
  return { type: 'namespace', attributes }
}

function createCycler({ positional }: Arguments): Value {
  if (positional.length === 0)
    throw new TemplateFault('RuntimeError', 'at least one item has to be provided')
  let position = 0
  const current = () => positional[position] ?? null
  const next = callable('next', () => {
    const value = current()
    position = (position + 1) % positional.length
    return value
  })
  const reset = callable('reset', () => {
    position = 0
    return null
  })
  const attributes: Record<string, () => Value> = { current, next: () => next, reset: () => reset }
  return {
    type: 'instance',
    className: 'Cycler',
    readAttribute: (name) => (Object.hasOwn(attributes, name) ? attributes[name]?.() : undefined),
  }
}

function createJoiner(callArguments: Arguments): Value {
  const [separator = plainText(', ')] = bindArguments('joiner', callArguments, ['sep?'])
  let isUsed = false
  return callable('joiner', () => {
    const text = isUsed ? separator : plainText('')
    isUsed = true
    return text
  })
}

function refuse(callArguments: Arguments, run: Run): Value {
  const [message = null] = bindArguments('raise_exception', callArguments, ['message'])
  throw new TemplateRefusal(toText(message, run).string)
}

function writeDate(callArguments: Arguments, run: Run): Value {
  const [format] = bindArguments('strftime_now', callArguments, ['format'])
  if (!isText(format)) throw typeError('strftime_now takes a text')
  run.meter.chargeText(format.string.length * 20)
  run.meter.charge(format.string.length * 2)
  return textLike(textArgument(format), formatDate(run.now(), format.string))
}

function refuseChance(): Value {
  throw new TemplateFault('TemplateRuntimeError', 'a prompt cannot depend on chance')
}
