import { formatString } from '../formatting/format-string.ts'
import { dictMethods } from '../methods/dict-methods.ts'
import { listMethods, tupleMethods } from '../methods/list-methods.ts'
import type { Method } from '../methods/method.ts'
import { textMethods } from '../methods/text-methods.ts'
import { charactersOf, hasOneUnitEach } from '../text/code-points.ts'
import { describeValue, toText } from '../text/describe.ts'
import { isHashable, keyOfText, readDict } from '../values/keys.ts'
import { bindArguments } from '../values/bind-arguments.ts'
import { lengthOfRange, rangeItem } from '../values/range.ts'
import { chargeArguments, chargeReading } from '../values/charge-reading.ts'
import { sliceText } from '../text/text.ts'
import { toEntries } from '../values/to-entries.ts'
import { refuseUndefined } from '../values/undefined.ts'
import {
  type Arguments,
  callable,
  classOf,
  isText,
  orElse,
  type Run,
  type TextValue,
  undefinedValue,
  type Value,
} from '../values/value.ts'

/** `value.name` of Jinja: an attribute such as a method, else an item. */
export function readAttribute(value: Value, name: string, run: Run): Value {
  refuseUndefined(value)
  return orElse(findAttribute(value, name, run), () =>
    orElse(findNamedItem(value, name), () => missing(value, name)),
  )
}

/** An attribute such as a method, and no item. */
export function readAttributeOnly(value: Value, name: string, run: Run): Value {
  refuseUndefined(value)
  return orElse(findAttribute(value, name, run), () => missing(value, name))
}

/** `value[key]` of Jinja: an item, else an attribute such as a method. */
export function readItem(value: Value, key: Value, run: Run): Value {
  refuseUndefined(value)
  const item = findItem(value, key, run)
  if (item !== undefined) return item
  if (isText(key))
    return orElse(findAttribute(value, key.string, run), () => missing(value, key.string))
  return undefinedValue(`${describeClass(value)} has no element ${describeValue(key, run).string}`)
}

function missing(value: Value, name: string): Value {
  return undefinedValue(`'${describeClass(value)}' has no attribute '${name}'`)
}

function describeClass(value: Value): string {
  return value === null ? 'None' : `${classOf(value)} object`
}

function findAttribute(value: Value, name: string, run: Run): Value | undefined {
  return orElse(findOwnAttribute(value, name, run), () => findHidden(value, name))
}

function findOwnAttribute(value: Value, name: string, run: Run): Value | undefined {
  if (typeof value === 'number' && name === 'is_integer')
    return callable(name, () => Number.isInteger(value))
  if (typeof value !== 'object' || value === null) return undefined
  switch (value.type) {
    case 'text':
      if (name === 'format' || name === 'format_map')
        return callable(name, (callArguments) => {
          chargeReading(value, run)
          const fields = name === 'format' ? callArguments : readMapping(callArguments, run)
          return formatString(value, fields, { reader: readerFor(run), run })
        })
      return bind(value, textMethods.get(name), name)
    case 'list':
      return bind(value, listMethods.get(name) ?? tupleMethods.get(name), name)
    case 'tuple':
      return orElse(value.items[value.names?.indexOf(name) ?? -1], () =>
        bind(value, tupleMethods.get(name), name),
      )
    case 'dict':
      return bind(value, dictMethods.get(name), name)
    case 'namespace':
      return value.attributes.get(name)
    case 'instance':
      return value.readAttribute(name)
    default:
      return undefined
  }
}

/** What Python has under such names, no template may use. */
function findHidden(value: Value, name: string): Value | undefined {
  if (!hiddenNames.has(name)) return undefined
  return {
    type: 'undefined',
    kind: 'SecurityError',
    message: `access to attribute '${name}' of '${classOf(value)}' object is unsafe.`,
  }
}

const hiddenNames = new Set([
  '__class__',
  '__dict__',
  '__doc__',
  '__init__',
  '__subclasses__',
  '__globals__',
  '__getattribute__',
  '__reduce__',
  '__module__',
  '__mro__',
])

/** The receiver of the methods; what a method reads of texts and of its arguments is paid for. */
function bind<Receiver extends Value>(
  receiver: Receiver,
  method: Method<Receiver> | undefined,
  name: string,
): Value | undefined {
  if (!method) return undefined
  const className = 'builtin_function_or_method'
  const call = (callArguments: Parameters<typeof method>[1], run: Run) => {
    if (isText(receiver)) chargeReading(receiver, run)
    chargeArguments(callArguments, run)
    return method(receiver, callArguments, run)
  }
  return { type: 'callable', className, name, call }
}

/** The argument of `format_map`, as the named arguments of `format`. */
function readMapping(callArguments: Arguments, run: Run): Arguments {
  const [mapping = null] = bindArguments('format_map', callArguments, ['/mapping'])
  const entries = toEntries(mapping, run).map(
    ([key, value]) => [toText(key, run).string, value] as const,
  )
  return { positional: [], named: new Map(entries) }
}

function readerFor(run: Run) {
  return {
    readAttribute: (value: Value, name: string) => readAttribute(value, name, run),
    readItem: (value: Value, key: Value) => readItem(value, key, run),
  }
}

function findNamedItem(value: Value, name: string): Value | undefined {
  if (typeof value !== 'object' || value?.type !== 'dict') return undefined
  return value.entries.get(keyOfText(name))?.[1]
}

function findItem(value: Value, key: Value, run: Run): Value | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (value.type === 'dict') return isHashable(key, run) ? readDict(value, key, run) : undefined
  const index = typeof key === 'boolean' ? BigInt(key) : key
  if (typeof index !== 'bigint') return undefined
  if (value.type === 'list' || value.type === 'tuple')
    return value.items.at(clampIndex(index, value.items.length))
  if (value.type === 'text') return characterAt(value, Number(index), run)
  if (value.type !== 'range') return undefined
  const length = BigInt(lengthOfRange(value))
  const position = index < 0n ? index + length : index
  return position < 0n || position >= length ? undefined : rangeItem(value, position)
}

/** An index for `at`, which reads a wrong one as absent. */
function clampIndex(index: bigint, length: number): number {
  return index < -length || index >= length ? length : Number(index)
}

function characterAt(text: TextValue, index: number, run: Run): TextValue | undefined {
  if (hasOneUnitEach(text, run)) {
    const offset = index < 0 ? index + text.string.length : index
    const isInside = offset >= 0 && offset < text.string.length
    return isInside ? sliceText(text, offset, offset + 1) : undefined
  }
  return charactersOf(text, run).at(index)
}
