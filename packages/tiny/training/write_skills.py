"""
The later stages' held-out skills as conversations in the project's own message shape: problems that any adapter can be asked.

    python3 write_skills.py EACH > ../skills.jsonl
"""

import json
import re
import sys

from later_stages import evaluation_set

OFFERED = re.compile(r'\n*<AVAILABLE_TOOLS>(.*)</AVAILABLE_TOOLS>', re.S)
CALLED = re.compile(r'<TOOLCALL>(.*)</TOOLCALL>', re.S)
RETURNED = re.compile(r'<TOOL_RESPONSE>(.*)</TOOL_RESPONSE>', re.S)


def conversation(raw):
    """(messages, tools) of what the format writes as text."""
    messages, tools, waiting, count = [], [], [], 0
    for role, text in raw:
        if role == 'system':
            offered = OFFERED.search(text)
            tools = json.loads(offered[1]) if offered else []
            own = OFFERED.sub('', text).split('\n\n', 1)[1:]
            messages += [{'role': 'system', 'content': own[0]}] if own and own[0] else []
        elif role == 'assistant' and CALLED.search(text):
            calls = []
            for call in json.loads(CALLED.search(text)[1]):
                count += 1
                calls.append({'id': f'call_{count}', 'name': call['name'], 'input': call['arguments']})
            waiting = [call['id'] for call in calls]
            messages.append({'role': 'assistant', 'content': CALLED.sub('', text), 'toolCalls': calls})
        elif role == 'user' and RETURNED.search(text):
            outputs = json.loads(RETURNED.search(text)[1])
            messages += [{'role': 'tool', 'toolCallId': id, 'output': output} for id, output in zip(waiting, outputs)]
        else:
            messages.append({'role': role, 'content': text})
    return messages, tools


def expected(answer):
    found = CALLED.fullmatch(answer)
    if not found:
        return {'answer': answer}
    [call] = json.loads(found[1])
    return {'call': {'name': call['name'], 'input': call['arguments']}}


if __name__ == '__main__':
    seen = set()
    for problem in evaluation_set(int(sys.argv[1])):
        messages, tools = conversation(problem['messages'])
        line = {'kind': problem['skill'], 'messages': messages, **({'tools': tools} if tools else {}), **expected(problem['answer'])}
        # Samples differ in reasoning on and off alone: one line serves both. Two tools with one name are not a valid request.
        text = json.dumps(line, ensure_ascii=False)
        names = [tool['name'] for tool in tools]
        if text not in seen and len(set(names)) == len(names):
            seen.add(text)
            print(text)
