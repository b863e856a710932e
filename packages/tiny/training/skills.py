"""Samples of the later stages' skills: (system text, messages, thought, answer) of each."""

from dataclasses import dataclass

import tools
from elsewhere import TEMPLATES, UNSEEN
from follow_ups import follow_up
from impossible import impossible
from json_answers import json_answer, json_exchange, request
from lookalikes import wordy
from outside import FIXED, REPLY, THOUGHT
from outside import TEMPLATES as FIRST_STAGE_TEMPLATES
from polite import polite, politely_outside
from problems import KINDS, digest, problem
from reasoning import reasoning
from subjects import fill
from tool_skills import ToolSkills

# Share of each skill with reasoning on. Problems have more of it, because they are not to teach guessing.
REASONING = {
    'call': 0.6, 'result': 0.6, 'misfit': 0.8, 'json': 0.75, 'outside': 0.6, 'wordy': 0.85, 'talk': 0.75, 'follow': 0.85,
    'name': 0.6, 'usual': 0.6, 'choice': 0.8, 'polite': 0.85, 'short': 0.85,
}
OPERATIONS = {'add': '+', 'subtract': '-', 'multiply': '*'}
WEIGHTS = (4, 4, 4, 4, 5, 4)


@dataclass(frozen=True)
class Reserved:
    """Digests that training must not use: those held out, and one in sixteen of all others, for the evaluation."""

    held_out: frozenset
    evaluating: bool = False

    def __contains__(self, digest):
        return digest in self.held_out or (digest[-1] == '0') != self.evaluating


class Skills(ToolSkills):
    def sample(self, skill):
        return getattr(self, skill)()

    def number_problem(self):
        rng = self.rng
        return problem(rng, rng.choices(KINDS, WEIGHTS)[0], self.excluded, 0.3)

    def polite(self):
        made = self.number_problem()
        while len(made.steps) > 1 or made.kind == 'word':
            made = self.number_problem()
        [(operation, numbers)] = made.steps
        unseen = self.excluded.evaluating and self.rng.random() < 0.5
        return self.system_text(), [('user', polite(self.rng, operation, numbers, unseen))], reasoning(made), made.answer

    def short(self):
        made = problem(self.rng, 'short', self.excluded, 0.5)
        return self.system_text(), [('user', made.question)], reasoning(made), made.answer

    def misfit(self):
        """A tool is offered that does not fit the question."""
        rng = self.rng
        if rng.random() < 0.25:
            number_tool = rng.choice(list(tools.DESCRIPTIONS)) if rng.random() < 0.5 else None
            tool = tools.fitting(self.names, number_tool, True) if number_tool else tools.elsewhere(self.names)
            return self.offering([tool]), [('user', self.outside_question(impossible_share=0))], THOUGHT, REPLY
        made = self.number_problem()
        operations = [operation for operation, _ in made.steps]
        tool = tools.elsewhere(self.names)
        if made.kind in OPERATIONS and rng.random() < 0.35:
            tool = self.other_tool(operations[0])
        offered = [tool, tools.elsewhere(self.names)] if rng.random() < 0.15 else [tool]
        thought = reasoning(made)
        if len(offered) > 1 and made.kind != 'sort' and self.mixture.considers:
            thought = f'{tools.considered(offered, operations[0])}\n{thought}'
        return self.offering(offered), [('user', made.question)], thought, made.answer

    def json(self):
        system, question, thought, answer = json_exchange(self.names)
        return system, [('user', question)], thought, answer

    def outside_question(self, impossible_share=0.35):
        rng = self.rng
        while True:
            if rng.random() < impossible_share:
                template, question = '{}', impossible(rng)
            else:
                template = rng.choice(FIXED) if rng.random() < 0.1 else rng.choice(TEMPLATES)
                question = fill(rng, template)
                # A template without a gap is always the same question: training has it, so the evaluation leaves it out.
                if '{' not in template and not self.excluded.evaluating:
                    return question
            # The first stage fills its templates with questions that are reserved too, so the evaluation leaves them out.
            if self.excluded.evaluating and template in FIRST_STAGE_TEMPLATES:
                continue
            if '{' in template and digest(question) not in self.excluded:
                return question

    def outside(self):
        system, question = self.system_text(), self.outside_question()
        return system, [('user', politely_outside(self.rng, question) if self.is_polite() else question)], THOUGHT, REPLY

    def unseen(self):
        return '', [('user', fill(self.rng, self.rng.choice(UNSEEN)))], THOUGHT, REPLY

    def wordy(self):
        made = self.number_problem()
        return self.system_text(), [('user', wordy(self.rng, made.question))], reasoning(made), made.answer

    def talk(self):
        """Two to five questions, tools and small talk among them."""
        rng = self.rng
        turns = rng.choice((2, 2, 2, 3, 3, 4, 5))
        if rng.random() < 0.4:
            return self.talk_with_tool(turns)
        if rng.random() < 0.15:
            return self.talk_in_json(turns)
        messages = []
        for left in reversed(range(turns)):
            question, thought, answer = self.plain_exchange()
            messages += [('user', question), ('assistant', answer)][: 2 if left else 1]
        return self.system_text(), messages, thought, answer

    def plain_exchange(self):
        if self.rng.random() < 0.25:
            return self.outside_question(), THOUGHT, REPLY
        made = self.number_problem()
        return made.question, reasoning(made), made.answer

    def talk_with_tool(self, turns):
        rng = self.rng
        offered, tool, question, asked, thought = self.tool_question()
        messages, answer = self.called(tool, question, asked)
        before = [self.aside() for _ in range(rng.randint(0, turns - 1))]
        history = [turn for question, _, answer in before for turn in (('user', question), ('assistant', answer))]
        end = rng.random()
        if end < 0.35:
            return self.offering(offered), [*history, messages[0]], thought, messages[1][1]
        if end < 0.55:
            return self.offering(offered), [*history, *messages], f'The tool gives {answer}.', answer
        messages = [*history, *messages, ('assistant', answer)]
        if end < 0.8:
            again = self.same_operation(asked, tool)
            if again:
                again, named = again
                messages.append(('user', again.question))
                thought = self.thought(offered, tool, again, named)
                return self.offering(offered), messages, thought, tools.call(tool, again.numbers)
        question, thought, answer = self.aside()
        return self.offering(offered), [*messages, ('user', question)], thought, answer

    def aside(self):
        """A question that no number tool can answer."""
        if self.rng.random() < 0.5:
            return self.outside_question(0), THOUGHT, REPLY
        made = problem(self.rng, 'sort', self.excluded, 0.3)
        return made.question, reasoning(made), made.answer

    def talk_in_json(self, turns):
        wording, name = request(self.names)
        messages = []
        for left in reversed(range(turns)):
            made = self.number_problem()
            messages += [('user', made.question), ('assistant', json_answer(made, name))][: 2 if left else 1]
        return wording, messages, reasoning(made), json_answer(made, name)

    def follow(self):
        rng = self.rng
        while True:
            made = self.number_problem()
            messages = [('user', made.question), ('assistant', made.answer)]
            for left in reversed(range(rng.choice((1, 1, 1, 2, 3)))):
                made = follow_up(rng, made.answer, self.excluded)
                if not made:
                    break
                messages += [('user', made.question), ('assistant', made.answer)][: 2 if left else 1]
            if made:
                return '', messages, reasoning(made), made.answer
