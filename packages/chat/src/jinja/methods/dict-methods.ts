import { TemplateFault } from '../errors.ts'
import { bindArguments } from '../values/bind-arguments.ts'
import { keyOf, readDict, setDict } from '../values/keys.ts'
import { describeValue } from '../text/describe.ts'
import { plainText } from '../text/text.ts'
import { toEntries } from '../values/to-entries.ts'
import {
  type Arguments,
  type Dict,
  type DictView,
  orElse,
  type Run,
  tuple,
  type Value,
} from '../values/value.ts'
import type { Method, Methods } from './method.ts'

/** The methods of `dict`. */
export const dictMethods: Methods<Dict> = new Map<string, Method<Dict>>([
  ['items', (dict, callArguments) => view(dict, callArguments, 'items')],
  ['keys', (dict, callArguments) => view(dict, callArguments, 'keys')],
  ['values', (dict, callArguments) => view(dict, callArguments, 'values')],
  [
    'get',
    (dict, callArguments, run) => {
      const [key = null, fallback = null] = bindArguments('get', callArguments, [
        '/key',
        '/default?',
      ])
      return orElse(readDict(dict, key, run), () => fallback)
    },
  ],
  [
    'setdefault',
    (dict, callArguments, run) => {
      const [key = null, fallback = null] = bindArguments('setdefault', callArguments, [
        '/key',
        '/default?',
      ])
      const value = readDict(dict, key, run)
      if (value === undefined) setDict(dict, [key, fallback], run)
      return orElse(value, () => fallback)
    },
  ],
  ['pop', pop],
  [
    'popitem',
    (dict, callArguments, run) => {
      bindArguments('popitem', callArguments, [])
      run.meter.charge(dict.entries.size)
      const last = [...dict.entries].at(-1)
      if (!last) throw new TemplateFault('KeyError', "'popitem(): dictionary is empty'")
      dict.entries.delete(last[0])
      return tuple(last[1])
    },
  ],
  ['update', update],
  [
    'clear',
    (dict, callArguments) => {
      bindArguments('clear', callArguments, [])
      dict.entries.clear()
      return null
    },
  ],
  [
    'copy',
    (dict, callArguments, run) => {
      bindArguments('copy', callArguments, [])
      run.meter.chargeItems(dict.entries.size)
      return { type: 'dict', entries: new Map(dict.entries) }
    },
  ],
])

function view(dict: Dict, callArguments: Arguments, kind: DictView['kind']): Value {
  bindArguments(kind, callArguments, [])
  return { type: 'view', kind, dict }
}

function pop(dict: Dict, callArguments: Arguments, run: Run): Value {
  const [key = null, fallback] = bindArguments('pop', callArguments, ['/key', '/default?'])
  const value = orElse(readDict(dict, key, run), () => fallback)
  if (value === undefined) throw new TemplateFault('KeyError', describeValue(key, run).string)
  dict.entries.delete(keyOf(key, run))
  return value
}

function update(dict: Dict, { positional, named }: Arguments, run: Run): Value {
  const [source] = bindArguments('update', { positional, named: new Map() }, ['/other?'])
  for (const [key, value] of source === undefined ? [] : toEntries(source, run))
    setDict(dict, [key, value], run)
  for (const [name, value] of named) setDict(dict, [plainText(name), value], run)
  run.meter.chargeItems(dict.entries.size)
  return null
}
