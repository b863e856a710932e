"""What the questions outside the model's world are about."""

FILLERS = {
    'topic': (
        'the sea', 'history', 'music', 'the moon', 'love', 'computers', 'science', 'chess', 'bread', 'coffee', 'trains', 'art',
        'gravity', 'light', 'birds', 'football', 'rivers', 'time', 'money', 'snow', 'fire', 'tea', 'philosophy', 'physics',
        'biology', 'chemistry', 'volcanoes', 'dinosaurs', 'black holes', 'evolution', 'democracy', 'law', 'medicine', 'dreams',
        'sleep', 'happiness', 'fear', 'cars', 'bicycles', 'robots', 'space', 'the brain', 'the heart', 'oceans', 'mountains',
        'deserts', 'poetry', 'painting', 'film', 'theatre', 'cooking', 'gardening', 'fishing', 'sailing', 'swimming', 'running',
        'yoga', 'the stock market', 'inflation', 'taxes', 'electricity', 'magnetism', 'sound', 'colour', 'maths', 'algebra',
        'geometry', 'statistics', 'language models', 'the internet', 'databases',
    ),
    'thing': (
        'a cat', 'a dog', 'a tree', 'a ship', 'a clock', 'a lamp', 'a piano', 'a guitar', 'a chair', 'a bridge', 'a phone',
        'a camera', 'a knife', 'a horse', 'a whale', 'an elephant', 'an apple', 'a pizza', 'a cake', 'soup', 'cheese', 'wine',
        'chocolate', 'rice', 'an egg', 'a rose', 'a battery', 'a plane', 'a rocket', 'a window', 'a shoe', 'a hat', 'a pencil',
        'a book', 'a mirror', 'a spoon', 'a kite', 'a drum',
    ),
    'person': (
        'Einstein', 'Newton', 'Mozart', 'Bach', 'Shakespeare', 'Napoleon', 'Cleopatra', 'Marie Curie', 'Plato', 'Darwin',
        'the king', 'the queen', 'the president', 'my mother', 'my boss', 'my friend Tom', 'Ana', 'Ben', 'Zoe', 'your maker',
        'Ada Lovelace', 'Alan Turing', 'Gandhi',
    ),
    'place': (
        'Paris', 'Rome', 'Berlin', 'France', 'Japan', 'Spain', 'Oslo', 'India', 'London', 'Peru', 'Cairo', 'Kenya', 'Canada',
        'Brazil', 'China', 'Madrid', 'Vienna', 'Lisbon', 'Tokyo', 'New York', 'Texas', 'Mexico', 'Sweden', 'Greece', 'Turkey',
        'Iceland', 'Chile', 'Zurich', 'Mars',
    ),
    'language': (
        'French', 'German', 'Spanish', 'English', 'Latin', 'Italian', 'Greek', 'Dutch', 'Polish', 'Turkish', 'Hindi', 'Arabic',
        'Chinese', 'Korean',
    ),
    'code': ('Python', 'JavaScript', 'Rust', 'C', 'Java', 'Go', 'SQL', 'HTML', 'TypeScript', 'Haskell', 'Bash', 'Lisp'),
    'task': (
        'sorts a list', 'adds two numbers', 'reads a file', 'prints hello', 'counts words', 'reverses a string', 'finds primes',
        'opens a window', 'downloads a page', 'parses JSON', 'draws a circle', 'sends an email', 'plays a sound',
        'computes a hash', 'multiplies matrices',
    ),
    'number': None,
    'small': None,
}


def fill(rng, template):
    values = {name: rng.choice(options) for name, options in FILLERS.items() if options}
    return template.format(**values, number=rng.randint(2, 10 ** rng.randint(1, 4)), small=rng.randint(2, 12))
