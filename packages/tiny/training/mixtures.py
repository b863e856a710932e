"""What the samples of each later stage are made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mixture:
    """What the samples of a stage are made of."""

    # Relative weight of each skill.
    shares: dict
    # Share of the tool questions that offer two tools.
    several_tools: float = 0.3
    # Share of the first stage's problems that have reasoning on.
    reasoning: float = 0.9
    first_stage: float = 0.66
    # Share of the names that are made of the words of code or of any pieces of the vocabulary.
    wide_names: float = 0
    # Share of the questions that are polite.
    polite: float = 0
    # Whether a thought goes through the tools one by one where several are offered.
    considers: bool = False


MIXTURES = {
    2: Mixture(
        {'call': 38, 'result': 11, 'misfit': 11, 'json': 13, 'outside': 11, 'wordy': 3, 'talk': 8, 'follow': 5},
        several_tools=0.3,
        # Fewer problems with reasoning off than in the first stage, which leaves room for the skills.
        reasoning=0.93,
    ),
    # Choosing between two tools is learned last: a name precedes its description, so finding it takes two steps.
    3: Mixture(
        {'call': 55, 'result': 7, 'misfit': 9, 'json': 10, 'outside': 5, 'wordy': 2, 'talk': 7, 'follow': 5},
        several_tools=0.5,
        reasoning=0.9,
    ),
    # Names made of any token, and thoughts that go through the tools one by one.
    4: Mixture(
        {
            'call': 32, 'name': 7, 'choice': 18, 'result': 7, 'misfit': 9, 'json': 11, 'outside': 8, 'wordy': 2, 'polite': 7,
            'short': 5, 'talk': 7, 'follow': 5,
        },
        several_tools=0.5,
        reasoning=0.9,
        first_stage=0.6,
        wide_names=0.55,
        polite=0.2,
        considers=True,
    ),
}
