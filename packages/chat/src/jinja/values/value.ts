import type { Meter } from '../limits.ts'

/** A value of Python: `bigint` is `int`, `number` is `float`, `null` is `None`. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | TextValue
  | List
  | Tuple
  | Dict
  | DictView
  | RangeValue
  | Iteration
  | Undefined
  | Namespace
  | Callable
  | Instance

export type NumericValue = number | bigint

/** A `str` that knows which of its characters come from the caller. */
export interface TextValue {
  readonly type: 'text'
  readonly string: string
  /** Starts and ends of the caller's characters in UTF-16 units, in order and apart. */
  readonly callerRanges: readonly number[]
  /** Whether it is `Markup`, which escapes what it is joined with. */
  readonly isMarkup: boolean
}

export interface List {
  readonly type: 'list'
  /** Changes with `append` and its like. */
  readonly items: Value[]
}

export interface Tuple {
  readonly type: 'tuple'
  readonly items: readonly Value[]
  /** Names of the items, for tuples such as those of `groupby`. */
  readonly names?: readonly string[]
}

export interface Dict {
  readonly type: 'dict'
  /** By `keyOf`; changes with `update` and its like. */
  readonly entries: Map<string, readonly [key: Value, value: Value]>
}

export interface DictView {
  readonly type: 'view'
  readonly kind: 'keys' | 'values' | 'items'
  readonly dict: Dict
}

export interface RangeValue {
  readonly type: 'range'
  readonly start: bigint
  readonly stop: bigint
  readonly step: bigint
}

/** A generator of Python: it is read once, and has neither a length nor items. */
export interface Iteration {
  readonly type: 'iteration'
  readonly className: string
  readonly values: Iterator<Value>
}

export interface Undefined {
  readonly type: 'undefined'
  readonly kind: 'UndefinedError' | 'SecurityError'
  readonly message: string
}

interface Namespace {
  readonly type: 'namespace'
  readonly attributes: Map<string, Value>
}

export interface Callable {
  readonly type: 'callable'
  readonly className: string
  readonly name: string
  readonly call: Call
}

/** An object with attributes, such as `loop`. */
export interface Instance {
  readonly type: 'instance'
  readonly className: string
  /** How Python prints it. */
  readonly description?: string
  readAttribute(name: string): Value | undefined
  readonly call?: Call
  readonly length?: number
}

export interface Arguments {
  readonly positional: readonly Value[]
  readonly named: ReadonlyMap<string, Value>
}

export type Call = (callArguments: Arguments, run: Run) => Value

/** One rendering, as filters and methods see it. */
export interface Run {
  readonly meter: Meter
  readonly now: () => Date
  readonly findFilter: (name: string) => Filter
  readonly findTest: (name: string) => Test
}

export type Filter = (input: Value, callArguments: Arguments, run: Run) => Value
export type Test = (input: Value, callArguments: Arguments, run: Run) => boolean

export const noArguments: Arguments = { positional: [], named: new Map() }

export function list(items: Value[]): List {
  return { type: 'list', items }
}

export function tuple(items: readonly Value[]): Tuple {
  return { type: 'tuple', items }
}

export function iteration(values: Iterator<Value>, className = 'generator'): Iteration {
  return { type: 'iteration', className, values }
}

export function callable(name: string, call: Call): Callable {
  return { type: 'callable', className: 'function', name, call }
}

export function undefinedValue(message: string): Undefined {
  return { type: 'undefined', kind: 'UndefinedError', message }
}

export function isText(value: Value | undefined): value is TextValue {
  return typeof value === 'object' && value?.type === 'text'
}

export function isUndefined(value: Value): value is Undefined {
  return typeof value === 'object' && value?.type === 'undefined'
}

/** A number, or a boolean as one. */
export function toNumber(value: Value): NumericValue | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n
  return typeof value === 'bigint' || typeof value === 'number' ? value : undefined
}

/** A value that was found, `None` included, or else another. */
export function orElse<T>(value: Value | undefined, findOther: () => T): Value | T {
  return value === undefined ? findOther() : value
}

/** Python's name of a value's class. */
export function classOf(value: Value): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'float'
  if (value.type === 'text') return value.isMarkup ? 'Markup' : 'str'
  if (value.type === 'view') return `dict_${value.kind}`
  if (value.type === 'undefined') return 'Undefined'
  if (value.type === 'namespace') return 'Namespace'
  return 'className' in value ? value.className : value.type
}
